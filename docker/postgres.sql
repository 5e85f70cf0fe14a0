-- Run once, on an empty volume: Metabase keeps its own tables apart from Airflow's.
create database metabase;
