elementclass Nope { -> || ... }
elementclass Idle { ... || -> }
elementclass Null { -> || ... || -> }
