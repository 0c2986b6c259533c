"""The shipped scenario files and their JSON Schema. Package data only; `sims.scenario_file` reads them."""
