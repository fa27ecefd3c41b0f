"""`app.py --doctor`: examines all that a show needs. Every probe has a time limit."""
