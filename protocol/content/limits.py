"""How large a content pack may be; docs/visits.md tells each."""

# 2,000 services with all that can be said of them are 1.5 MB; a hall of 400 is below 250 kB. A page
# loads it once, and a poor line brings it in a minute.
PACK_OCTETS_MAX = 1_048_576
# A whole province's list of services has fewer; people search, and read some dozens.
SERVICES_MAX = 2_000
# A heading more than fits on three screens is found by nobody.
CATEGORIES_MAX = 64
# Short forms, initials, an old name or two.
KEYWORDS_MAX = 16
# Letters of the alphabet.
QUEUES_MAX = 26
CHECKLISTS_MAX = 256
# Who is asked more than a dozen goes to a person; the longest way through is bounded by this too.
QUESTIONS_MAX = 32
# Targets of 60 px, one below the other, on the smallest screen with a scroll.
ANSWERS_MAX = 12
ITEMS_MAX = 64
# A button's label, a heading, a question, an explanation.
NAME_CHARACTERS_MAX = 60
QUESTION_CHARACTERS_MAX = 160
WHAT_CHARACTERS_MAX = 400
KEYWORD_CHARACTERS_MAX = 32
# Whoever wrote the file mends these first, and looks again; a file of nonsense would have 100,000.
FAULTS_MAX = 50
