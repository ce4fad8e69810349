"""How reports put what they claim, in English and Norwegian: for drafts of an answers file.

Regular expressions within one sentence; {n} stands for the number that is claimed, {key} for what
it goes by. A phrase that fits too much makes a draft ask a person; one that fits wrongly misleads.
"""

from __future__ import annotations

_EPOCH = r"epo(?:ch|ke|k)\w*\s*(?:numbers?|no\.?|nr\.?|nummer|#|index)?\s*(?:=|:|is)?\s*"
_STEP = r"(?:gradient |training |global |gradient-?|trenings)?\s?(?:steps?|steg|iterations?)"
_STOP = (
    r"(?:early[- ]?stop\w*|tidlig(?:ere)?[- ]stopp\w*|stop(?:s|ped|ping)?\b|stopp(?:er|et|es|a)?\b|"
    r"terminat\w+|avslutt\w+)"
)
_IS = (
    r"(?:\s*(?:\w+\s){0,4}?(?:of|is|was|at|to|reached?|er|var|på|til|ble|lik)\b"
    r"(?:\s+(?:then|now|only|just|equal to|da|nå|kun|bare|lik))?|\s*[:=≈~]|)\s*"
)
_VAL = r"(?:validation|validerings?|val(?:idering)?\.?)[- _]?"
_TRAIN = r"(?:train(?:ing)?|trenings?|trening)[- _]?"
_LOSS = r"(?:cross[- ]entropy(?: loss)?|loss|cost|tapet?|kryss-?entropi(?:en)?|kostnad(?:en)?)"
_ACC = r"(?:accurac(?:y|ies)|nøyaktighet(?:en)?|treffsikkerhet(?:en)?|acc)"
_BEST = r"(?:best|lowest|minimum|minimal|beste|laveste|minste)"
_NOT_BEST = r"(?<!best )(?<!lowest )(?<!minimum )(?<!beste )(?<!laveste )(?<!minste )"


def _on_a_set(what: str, name: str) -> tuple[str, str]:
    """ "Accuracy of 97.9 % on the validation set", "the loss on the validation set is 0.067"."""
    on = rf"(?:on|for|in|over|på|for|i)\s+(?:the\s+)?{name}\w*(?:[- ]?(?:set|data|settet))?"
    return (rf"\b{what}{_IS}{{n}}\s+{on}", rf"\b{what}\s+{on}{_IS}{{n}}")


_VALIDATION, _TRAINING = r"valid(?:ation|ering)", r"tr(?:ain|en)ing"

STOP_EPOCH = (
    rf"{_STOP}.{{0,80}}?\b{_EPOCH}{{n}}",
    rf"{_STOP}.{{0,60}}?\b(?:after|etter)\s+{{n}}\s+epo(?:ch|ke|k)",
)
STOP_STEP = (
    rf"{_STOP}.{{0,80}}?\b(?:at|in|after|on|ved|på|etter|i)\s+{_STEP}\s*{{n}}",
    rf"{_STOP}.{{0,60}}?\b(?:after|etter)\s+{{n}}\s+{_STEP}",
)
TRAIN_LOSS = (rf"{_TRAIN}{_LOSS}{_IS}{{n}}", *_on_a_set(_LOSS, _TRAINING))
VALIDATION_LOSS = (
    rf"{_NOT_BEST}\b{_VAL}{_LOSS}{_IS}{{n}}",
    *_on_a_set(_NOT_BEST + _LOSS, _VALIDATION),
)
BEST_LOSS = (rf"\b{_BEST} {_VAL}{_LOSS}{_IS}{{n}}",)
TRAIN_ACCURACY = (rf"{_TRAIN}{_ACC}{_IS}{{n}}", *_on_a_set(_ACC, _TRAINING))
VALIDATION_ACCURACY = (rf"{_VAL}{_ACC}{_IS}{{n}}", *_on_a_set(_ACC, _VALIDATION))
PATIENCE = (
    r"(?:not|no|ikke|ingen)\b.{0,40}?(?:improv\w+|forbed\w+|bedre).{0,40}?"
    r"(?:last|for|over|through|in|siste|på|i)\s+(?:the\s+)?(?:last\s+|past\s+|de\s+)?(?:siste\s+)?"
    r"{n}\s+(?:validation|validering|times|ganger|checks|consecutive)",
    r"\bpatience\s*(?:of|=|is|:|på)?\s*{n}",
)
BATCHES = (
    r"{n}\s+(?:mini-?)?batch(?:es|er)\s+(?:per|in (?:each|an|one|every)|each|i hver|for hver|pr\.?)"
    r"\s*(?:training )?epo(?:ch|ke|k)",
    r"(?:batches|batcher) (?:per|pr\.?) epo(?:ch|ke|k)\w*\s*(?:is|er|=|:)?\s*{n}",
)
INTERVAL = (
    r"valid(?:at\w+|er\w+).{0,60}?\b(?:every|each|hver(?:t)?)\s+{n}\.?\s*"
    rf"(?:gradient |training |batch|trenings?)?\s*{_STEP}",
    r"\b(?:every|each|hver(?:t)?)\s+{n}\.?\s*(?:training |gradient |trenings)?\s*(?:steps?|steg)"
    r".{0,40}?\bvalid(?:at|er)",
)
VALIDATIONS = (
    r"valid(?:at\w+|er\w+)\s+{n}\s+(?:times|ganger)\s+(?:per|each|every|an|i hver|pr\.?)\s*epo",
    r"{n}\s+(?:times|ganger|validations|valideringer)\s+(?:per|each|every|an|i hver|pr\.?)\s*epo",
)
_SPIKE = r"(?:spikes?|peaks?|dips?|drops?|topp(?:er|ene)?|pigger?|utslag|hakk)"
SPIKE_STEPS = (
    rf"{_SPIKE}.{{0,80}}?\b(?:every|each|hver(?:t)?)\s+{{n}}\.?\s*{_STEP}",
    rf"{_SPIKE}.{{0,100}}?\b(?:or|i\.e\.|eller|that is|dvs\.?)\s+(?:once\s+)?(?:every|hver(?:t)?)"
    rf"\s+{{n}}\.?\s*{_STEP}",
)
SPIKE_EPOCHS = (
    rf"{_SPIKE}.{{0,80}}?\b(?:every|each|hver(?:t)?)\s+{{n}}\.?\s*epo(?:ch|ke|k)",
    rf"{_SPIKE}.{{0,60}}?\b(?:once in|once per|en gang per)\s+{{n}}\s+epo(?:ch|ke|k)",
)
PARTING = (
    r"(?:accurac\w+|nøyaktighet\w*|curves?|kurvene?).{0,80}?(?:diverg\w+|part\b|separat\w+|split|"
    rf"skiller? (?:seg|lag)|spriker).{{0,40}}?"
    rf"(?:\b(?:at|after|from|around|ved|etter|fra)\s+)?{{n}}\s*{_STEP}",
)
IMPROVING = (
    rf"improv\w+.{{0,40}}?\b(?:until|up to|to)\s+(?:{_STEP}\s+)?{{n}}\s*(?:{_STEP})?",
    rf"(?:forbedre\w*|bedre).{{0,40}}?\b(?:frem til|fram til|inntil|til)\s+(?:{_STEP}\s+)?{{n}}",
)
IMAGES = {
    "train": (r"{n}\s+(?:training|trenings)[- ]?(?:images|samples|examples|bilder|eksempler)",),
    "validation": (
        r"{n}\s+(?:validation|validerings)[- ]?(?:images|samples|examples|bilder|eksempler)",
    ),
}
LEARNING_RATE = (r"(?:learning rate|læringsraten?)\s*(?:of|=|is|was|:|på|er|var)?\s*{n}",)
BATCH_SIZE = (r"(?:batch size|batch-?størrelsen?)\s*(?:of|=|is|was|:|på|er|var)?\s*{n}",)

_LAMBDA = r"(?:λ|\\lambda|lambda)\s*\$?\s*(?:=|of|is|:|på|er)?\s*\$?\s*{key}\$?"
ACCURACY_BY_LAMBDA = (
    rf"{_LAMBDA}\D{{0,40}}?{_ACC}{_IS}{{n}}",
    rf"{_ACC}{_IS}{{n}}\D{{0,20}}?(?:for|with|at|når|med|ved)\s+\$?{_LAMBDA}",
)
NORM_BY_LAMBDA = (
    rf"{_LAMBDA}\D{{0,40}}?(?:norm|lengde|length|\|w\||\^2|²)\w*{_IS}{{n}}",
    r"(?:norm|lengden?|length|\^2|²)\w*\$?"
    + _IS
    + r"{n}\D{0,20}?(?:for|with|at|når|med|ved)\s+\$?"
    + _LAMBDA,
)
