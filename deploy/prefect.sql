-- PostgreSQL runs this once, when its volume is new: Prefect keeps to a database of its own.
CREATE DATABASE prefect OWNER finews;
