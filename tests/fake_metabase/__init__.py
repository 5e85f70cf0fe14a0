"""A stand-in for Metabase, which cannot run here: it knows no more than Metabase's published description says, keeps
what it is given, and refuses whatever the description forbids, or what comes out of order."""

from tests.fake_metabase.server import FakeMetabase, running

__all__ = ["FakeMetabase", "running"]
