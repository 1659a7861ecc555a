elementclass F { input -> Null -> output }
Idle -> f :: F;
g :: F; Idle -> [1] g; g -> Discard; F
