"""Scores records against labelled calls.

    labels      a labelled folder: labels, their transcripts, their forms
    records     records of ours, or a CSV that anything else made
    outcomes    what one call got right and wrong
    figures     figures over calls, with intervals
    runs        a run as it is saved
    compare     two runs, call by call and figure by figure
    report      tables for the terminal and Markdown
    junit       a run for a CI server
"""
