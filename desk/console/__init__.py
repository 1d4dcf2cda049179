"""The specialists' screen: server-rendered pages with little script. The front door serves it."""
