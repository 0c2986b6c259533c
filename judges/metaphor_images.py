"""Vivid images: words of the usual source domains of metaphor, and idioms that carry one.

The table of `judges.metaphor_table` knows what is conventional; it cannot know that "storm", said of a refund, is a
picture. A word of a source domain may be meant as it stands, so single words prove nothing: what tells is several
images from different domains in one turn (a storm, a seed and a bridge), which talk about one literal thing hardly
ever needs. "open air" gathers what an outing meets, whatever else it pictures. The domains follow Lakoff, Espenson
and Schwartz, Master Metaphor List (1991), the words are our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from judges.metaphor_features import lemma, pieces

SOURCE_DOMAINS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(members.split())
        for name, members in {
            "weather": (
                "storm storms stormy thunder thunderstorm lightning hurricane tornado whirlwind tempest cloud "
                "clouds cloudy fog foggy mist breeze gale frost frosty thaw blizzard avalanche rainbow sunshine "
                "drizzle"
            ),
            "water": (
                "ocean oceans sea seas river rivers flood floods flooded flooding drown drowns drowning drowned "
                "sink sinks sinking sank tide tides wave waves waterfall wellspring whirlpool undercurrent overflow "
                "overflowing swim swimming ripple ripples anchor anchors anchored harbor harbour shore shores "
                "lighthouse raft ship ships shipwreck sail sails sailing rudder helm lifeboat iceberg dam ebb "
                "trickle evaporate evaporates"
            ),
            "fire": (
                "fire fires fiery flame flames burn burns burning burned burnt blaze blazing ignite ignites spark "
                "sparks sparked ember embers ash ashes smoke smoky smolder smoldering smoulder smouldering torch "
                "fuel fuels fueled volcano erupt erupts erupting eruption simmer simmers simmering boil boils "
                "boiling scorch scorching inferno candle"
            ),
            "journey": (
                "crossroads road roads path paths journey journeys milestone milestones detour compass labyrinth "
                "maze tightrope stumble stumbles stumbling steer steers steering wander wandering voyage hurdle "
                "hurdles roadblock roadblocks derail derailed derails treadmill marathon finish-line"
            ),
            "height": (
                "mountain mountains summit peak peaks cliff cliffs abyss precipice chasm valley uphill downhill "
                "climb climbs climbing slope ladder brink pit quicksand bottomless rock-bottom plummet plummets"
            ),
            "war": (
                "war wars battle battles battlefield battleground fight weapon weapons ammunition bullet bullets "
                "bomb bombs bombshell explode explodes exploding grenade shield shields armor armour sword swords "
                "arrow arrows ambush siege besieged fortress trench trenches truce surrender minefield wound wounds "
                "wounded bleed bleeding conquer crossfire barrage"
            ),
            "plant": (
                "seed seeds root roots rooted bloom blooms blooming blossom blossoms blossoming sprout sprouts "
                "harvest reap reaps sow sows sown wither withers withered withering weed weeds thorn thorns fertile "
                "soil bud buds ripe uproot uprooted garden vine"
            ),
            "building": (
                "bridge bridges foundation foundations pillar pillars wall walls brick bricks cornerstone crumble "
                "crumbles crumbling collapse collapses collapsing ruin ruins rubble doorway gateway ceiling "
                "scaffold scaffolding blueprint crack cracks cracking keystone architect tower towers"
            ),
            "machine": (
                "engine engines cog cogs wheel wheels lever rust rusty rusted clockwork machinery autopilot brake "
                "brakes overdrive piston"
            ),
            "light": (
                "shadow shadows darkness dark ray rays beacon dawn dusk sunrise sunset glow glowing shine shines "
                "shining glimmer gleam dim dims eclipse twilight lantern moon sun mirror"
            ),
            "load": (
                "burden burdens burdened weight weights heavy crush crushes crushing crushed millstone drag drags "
                "dragging yoke anvil shackle shackles shackled chain chains chained cage caged prison prisoner "
                "noose straitjacket trapped handcuffs tether leash puppet"
            ),
            "body": (
                "heart hearts heartbeat blood vein veins skeleton skeletons spine backbone scar scars scarred "
                "bruise bruised heal heals healing poison poisonous poisoned venom venomous toxic fever cancer "
                "plague virus paralysed paralyzed bitter swallow swallows choke chokes choking suffocate "
                "suffocating breathe womb"
            ),
            "animal": (
                "lion lions wolf wolves snake snakes serpent vulture vultures shark sharks eagle sheep beast beasts "
                "monster monsters hornet nest claws fangs wings feather feathers cocoon butterfly caterpillar "
                "dragon dragons elephant rat rats leech parasite prey predator"
            ),
            "stage": (
                "dance dances dancing puppet curtain curtains mask masks spotlight symphony orchestra melody "
                "harmony chorus chess pawn pawns domino dominoes jigsaw puzzle"
            ),
            "fabric": (
                "thread threads fabric tapestry weave weaves weaving woven unravel unravels unravelling unraveling "
                "stitch stitches knot knots tangled tangle patchwork seam seams web cloth veil cloak"
            ),
            "open air": (
                "bridge bridges road roads path paths river rivers mountain mountains valley cliff shore shores "
                "ocean oceans sea seas waves garden summit peak peaks climb climbing slope storm storms clouds fog "
                "breeze sunshine sunset sunrise sun moon sail sailing ship ships swim swimming tower towers roots "
                "blossom blossoms soil compass voyage journey wall walls downhill uphill"
            ),
            "treasure": (
                "treasure treasures gold golden gem gems jewel jewels diamond diamonds crown throne kingdom unlock "
                "unlocks magnet ticking"
            ),
        }.items()
    }
)

IDIOMS = (
    "rock bottom",
    "dead end",
    "tip of the iceberg",
    "uphill battle",
    "last straw",
    "silver lining",
    "slippery slope",
    "back burner",
    "double-edged sword",
    "perfect storm",
    "end of the tunnel",
    "on thin ice",
    "in the same boat",
    "house of cards",
    "low-hanging fruit",
    "pandora's box",
    "breath of fresh air",
    "elephant in the room",
    "needle in a haystack",
    "drop in the ocean",
    "drop in the bucket",
    "ray of hope",
    "turn the tide",
    "burning the candle",
    "bite the bullet",
    "weather the storm",
    "tug of war",
    "ticking time bomb",
    "fan the flames",
    "walking on eggshells",
    "ball in your court",
    "missing the boat",
    "hit the nail",
    "can of worms",
    "bed of roses",
    "running dry",
    "running on empty",
    "out of steam",
    "piece of cake",
    "tightrope walk",
)
_IDIOM = re.compile(r"\b(?:" + "|".join(map(re.escape, IDIOMS)) + r")\b")
_DOMAINS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        word: frozenset(name for name, members in SOURCE_DOMAINS.items() if word in members)
        for word in frozenset().union(*SOURCE_DOMAINS.values())
    }
)


@dataclass(frozen=True, slots=True)
class Image:
    """A word of a source domain, or an idiom (domain "idiom"), with its place in the text."""

    text: str
    start: int
    end: int
    domains: frozenset[str]


def has_image(sentences: Iterable[Iterable[str]]) -> bool:
    """Whether a word of a source domain is among the forms: without one `images` finds idioms at most."""
    return not all(_DOMAINS_OF.keys().isdisjoint(forms) for forms in sentences)


def images(text: str) -> list[Image]:
    """The images of a text in their order: each word of a source domain once, and the idioms; names are left out."""
    found: dict[str, Image] = {}
    for form, start, end in pieces(text):
        domains = _DOMAINS_OF.get(form)
        if domains and lemma(form) not in found and not _is_name(text, start):
            found[lemma(form)] = Image(text[start:end], start, end, domains)
    folded = text.lower()
    if len(folded) == len(text):
        for match in _IDIOM.finditer(folded):
            place = slice(match.start(), match.end())
            for form in [form for form, image in found.items() if place.start <= image.start < place.stop]:
                del found[form]
            found[match.group()] = Image(text[place], place.start, place.stop, frozenset({"idiom"}))
    return sorted(found.values(), key=lambda image: (image.start, image.end))


def _is_name(text: str, start: int) -> bool:
    """Whether a word has a capital letter that no sentence start explains."""
    before = text[max(0, start - 8) : start].rstrip()
    return text[start].isupper() and bool(before) and (before[-1].isalnum() or before[-1] in ",;")
