"""What the JSON and the pages share: who is asking, what may be asked, how a refusal looks."""
