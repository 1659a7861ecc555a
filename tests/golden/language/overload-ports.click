elementclass P { input -> Null -> output || input -> Discard || Idle -> output }
P -> P -> P
