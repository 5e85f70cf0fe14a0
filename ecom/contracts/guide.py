"""Examples of what a contract can say, for the reference page. The tests load each of them as part of a contract."""

GUIDE = """\
### Times

Without `timestampFormat` a time is ISO 8601 with its offset, or epoch milliseconds. Else it is one of these alone:

| `timestampFormat` | such as |
|---|---|
| `iso8601` | `"2026-01-31T10:00:59.123+01:00"` |
| `iso8601_lenient` | also `+0100`, `+01`, `z`, a space for the `T`, a comma before the fraction |
| `epoch_seconds` | `1769853659`, `1769853659.123`: it alone may have a fraction |
| `epoch_millis`, `epoch_micros`, `epoch_nanos` | JSON integers; with `jsonType: string` also as text |
| a pattern | `dd.MM.yyyy HH:mm:ss` in the letters of Java's DateTimeFormatter |

A pattern has `yyyy` or `uuuu`, `MM`, `M` or `MMM` (`Jan`), `dd` or `d`; `HH` or `H`, or `hh` or `h` with `a` (`AM`);
`mm`, `ss`, `S` to `SSSSSSSSS`; `EEE` (`Mon`); an offset as `X`, `XX`, `XXX`, `x`, `xx`, `xxx` or `Z`. Words stand in
quotes: `'T'`. What it leaves out of the time of day is zero. Month and day names are English.

`timeZone` says where a time without an offset was told; one that has an offset keeps it. When daylight saving ends, an
hour comes twice: `ambiguousTime` says whether such a time is the `earlier` or the `later` one, and a time of the hour
that is skipped as it begins is read as if the clock had not been put forward (02:30 is 03:30). Without it, or with
`reject`, both are quarantined as `ambiguous_time`.

```yaml
- name: event_ts
  logicalType: timestamp
  description: When it happened, by the shop's clock.
  required: true
  logicalTypeOptions: {minimum: "2000-01-01T00:00:00Z"}
  customProperties:
    - {property: timestampFormat, value: "dd.MM.yyyy HH:mm:ss"}
    - {property: timeZone, value: Europe/Berlin}
    - {property: ambiguousTime, value: earlier}
```

### Ids, numbers, booleans and words

A JSON integer that is an id stays as it is, digit by digit, however long. `true` as text is `jsonType: string`. The
words of an `enum` or a `valueMap` are matched after `trim` and `foldCase`; what is stored is ours.

```yaml
- name: order_id
  logicalType: string
  description: The order; older services send it as a text.
  required: true
  customProperties: [{property: jsonType, value: [integer, string]}]
- name: is_test
  logicalType: boolean
  description: Whether it is a test, as "true" or "FALSE".
  customProperties: [{property: jsonType, value: string}, {property: foldCase, value: true}]
- name: state
  logicalType: string
  description: Where the order stands; `" Canceled"` is CANCELLED.
  enum: [{value: PAID}, {value: CANCELLED}]
  customProperties:
    - {property: valueMap, value: {canceled: CANCELLED}}
    - {property: foldCase, value: true}
    - {property: trim, value: true}
```

### Amounts and currencies

`minorDigits` of `currency` are this provider's digits where they differ from ISO 4217 (Stripe sends `UGX` with two and
`MGA` with none), and codes of a shop's own. A code is mapped by `valueMap`, small letters by `foldCase`. With `round`,
`30.000000000000004` USD is 30.00; without it, it is quarantined. Bounds are in major units, and hold before rounding.

```yaml
- name: currency
  logicalType: string
  description: The currency, such as usd, or RMB for CNY; POINTS are whole.
  required: true
  customProperties:
    - {property: foldCase, value: true}
    - {property: valueMap, value: {RMB: CNY}}
    - {property: minorDigits, value: {UGX: 2, ISK: 2, MGA: 0, POINTS: 0}}
- name: total_amount
  logicalType: number
  description: What is to be paid; 6E+2 is 600.
  required: true
  logicalTypeOptions: {minimum: 0, maximum: 1000000000}
  customProperties:
    - {property: unit, value: major}
    - {property: exponent, value: true}
    - {property: round, value: half_up}
```

### Where a field is found

A `jsonPath` goes from `$` by `.name` or `['a name']`; `[0]` is an item of an array, `[type=shipping]` the first item
whose `type` is that word (a text, number or boolean; `['…']` around words with spaces; `[a.b=c]` looks deeper), and
`.json()` goes on within a text that holds JSON. Where such a text is no JSON, the field breaks `not_json`; where an
item is not there, the field is absent. `from` reads the record's `key`, a `header:NAME` (of several of one name the
last) or its `timestamp`; with a `jsonPath`, in the JSON that stands there.

```yaml
- name: shipping
  logicalType: number
  description: What the shipping costs.
  logicalTypeOptions: {minimum: 0, maximum: 1000000}
  customProperties:
    - {property: unit, value: major}
    - {property: jsonPath, value: "$.payload.json().lines[type=shipping].amount"}
- name: first_sku
  logicalType: string
  description: What is first in the basket.
  customProperties: [{property: jsonPath, value: "$.items[0].sku"}]
- name: tenant
  logicalType: string
  description: Whose shop it is.
  customProperties: [{property: from, value: key}, {property: jsonPath, value: $.tenant}]
- name: source_id
  logicalType: string
  description: The event's id, by CloudEvents.
  customProperties: [{property: from, value: "header:ce_id"}]
- name: sent_ts
  logicalType: timestamp
  description: When it was sent.
  logicalTypeOptions: {minimum: "2000-01-01T00:00:00Z"}
  customProperties: [{property: from, value: timestamp}]
```

### How grave a fault is

With `severity: warning` a fault of a field does not refuse the message: the column is null, and `ecom contracts try`
tells it. Of an array, any fault in it makes the whole column null; of a member of its items, that member alone. What
numbers rest on (ids, times, currency, amounts, statuses, keys) can be no warning. Silver does not keep the warnings.

```yaml
- name: note
  logicalType: string
  description: What the customer wrote.
  required: true
  customProperties: [{property: severity, value: warning}]
```
"""
