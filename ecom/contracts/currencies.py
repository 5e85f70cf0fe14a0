"""Currencies: ISO 4217 codes, their minor-unit digits, and for those that ended the days of their life.

Sources: ISO 4217:2015 List One ("Current currency & funds code list", SIX Interbank Clearing, the standard's
maintenance agency), active national currencies; left out are fund codes (such as CHE, CLF, UYI), metals and test codes,
for which no shop takes payment. Currencies that ended in 2000 or later: the days of Unicode CLDR's supplemental data
(as in Babel 2.18), where the euro took their place the end of the dual circulation (European Central Bank), and the
digits that ISO 4217 gave them (as in the JDK's `java.util.Currency`).
"""

from datetime import date

_ACTIVE_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
        CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
        KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
        NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
        TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
# Code, digits, first and last day of its life.
_ENDED = """
    ADP 0 1936-01-01 2001-12-31
    AFA 2 1927-03-14 2002-12-31
    ANG 2 1940-05-10 2025-06-30
    ATS 2 1947-12-04 2002-02-28
    AZM 2 1993-11-22 2006-12-31
    BEF 0 1831-02-07 2002-02-28
    BGN 2 1999-07-05 2026-01-31
    BYB 0 1994-08-01 2000-12-31
    BYR 0 2000-01-01 2017-01-01
    CSD 2 2002-05-15 2006-10-25
    CUC 2 1994-01-01 2021-06-30
    CYP 2 1914-09-10 2008-01-31
    DEM 2 1948-06-20 2002-05-15
    EEK 2 1992-06-21 2011-01-14
    ESP 0 1800-01-01 2002-02-28
    FIM 2 1963-01-01 2002-02-28
    FRF 2 1959-01-01 2002-02-17
    GHC 2 1979-03-09 2007-12-31
    GRD 0 1954-05-01 2002-02-28
    HRK 2 1994-05-30 2023-01-14
    IEP 2 1922-01-01 2002-02-09
    ITL 0 1862-08-24 2002-02-28
    LTL 2 1993-06-25 2015-01-15
    LUF 0 1944-09-04 2002-02-28
    LVL 2 1993-06-28 2014-01-14
    MGF 0 1963-07-01 2004-12-31
    MRO 2 1973-06-29 2018-06-30
    MTL 2 1968-06-07 2008-01-31
    MZM 2 1980-06-16 2006-12-31
    NLG 2 1813-01-01 2002-02-28
    PTE 0 1911-05-22 2002-02-28
    ROL 0 1952-01-28 2006-12-31
    SDD 2 1992-06-08 2007-06-30
    SIT 2 1992-10-07 2007-01-14
    SKK 2 1992-12-31 2009-01-16
    SLL 2 1964-08-04 2023-12-31
    SRG 2 1940-05-10 2003-12-31
    STD 2 1977-09-08 2017-12-31
    TMM 2 1993-11-01 2009-01-01
    TPE 0 1959-01-02 2002-05-20
    TRL 0 1922-11-01 2005-12-31
    VEB 2 1871-05-11 2008-06-30
    VEF 2 2008-01-01 2018-08-20
    YUM 2 1994-01-24 2002-05-15
    ZMK 2 1968-01-16 2013-01-01
    ZWD 2 1980-04-18 2008-08-01
    ZWL 2 2009-02-02 2024-08-31
    ZWR 2 2008-08-01 2009-02-02
"""

LIFE: dict[str, tuple[date, date]] = {
    code: (date.fromisoformat(first), date.fromisoformat(last))
    for code, _, first, last in (line.split() for line in _ENDED.strip().splitlines())
}
MINOR_DIGITS: dict[str, int] = {
    code: digits for digits, codes in _ACTIVE_BY_DIGITS.items() for code in codes.split()
} | {code: int(digits) for code, digits, *_ in (line.split() for line in _ENDED.strip().splitlines())}
