// What a machine can be asked, as protocols; no room behind them opens a file itself.
