"""Metabase as code: what metabase/*.yaml says is brought into a Metabase, and what people changed there is kept."""
