"""What run.sh does beside installing: examines the machine, starts and watches both programs."""
