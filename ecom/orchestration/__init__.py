"""What Airflow's DAGs call: Airflow's settings, the jobs as tasks, the watch over the streams, and the alerts."""
