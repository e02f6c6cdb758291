"""The schemas of everything that comes in many rows."""

from trucewatch.core.columns import Column, Schema
from trucewatch.core.marking import Marking

__all__ = [
    "ALERTS",
    "ALLEGATIONS",
    "CALLS",
    "CONTROL",
    "CORRIDORS",
    "COVERAGE",
    "DETECTIONS",
    "EVENTS",
    "IMPEDIMENTS",
    "INSPECTIONS",
    "LINKS",
    "NODES",
    "NOTICES",
    "OBSERVATIONS",
    "ORIGINS",
    "SCHEMAS",
    "TRIGGERS",
    "VOLLEYS",
    "WEATHER",
]

INTERNAL = Marking.INTERNAL
PROTECTED = Marking.SOURCE_PROTECTED
DEG = 1e-6  # about 0.1 m; finer digits are noise in every source known here

# Where a row came from: (file sha256, row number, native key or null).
REFERENCE = (
    Column("source", "string", "", "source as a lower-case word, e.g. firms, cir, observer", nullable=False),
    Column("file_sha256", "string", "", "SHA-256 of the file's bytes, hex", nullable=False),
    Column("row", "int64", "", "1-based number of the data record in that file", nullable=False),
    Column("native_key", "string", "", "the source's own identifier, where it has one"),
)
TIME = (
    Column("t_start_ns", "int64", "ns UTC", "start of the interval in which it happened", nullable=False),
    Column("t_end_ns", "int64", "ns UTC", "end of that interval, exclusive", nullable=False),
    Column("t_sigma_s", "float64", "s", "standard deviation of the source's clock", quantum=1e-3),
)
# A place is a distribution. Meaning of the parameters by kind (see core/place.py):
#   exact       size1 = radius that holds 90 %
#   ellipse     size1, size2 = standard deviations along and across `bearing_deg`
#   pixel       size1, size2 = full width along and across `bearing_deg`, uniform
#   sector      lon, lat = the observer; size1..size2 = range; bearing = centre; width = full angle
#   settlement  size1 = radius of the built-up disc, uniform
#   candidates  parts = discs of which one is meant; lon, lat, size1 = mean and 90 % radius of the whole
#   path        parts = discs with their times, all of which it passes; lon, lat, size1 likewise
PLACE = (
    Column(
        "place_kind",
        "string",
        "",
        "exact, ellipse, pixel, sector, settlement, candidates, path; null where the place is unknown",
    ),
    Column("lon_deg", "float64", "deg", "WGS84 longitude of the anchor of the place", DEG, INTERNAL),
    Column("lat_deg", "float64", "deg", "WGS84 latitude of the anchor of the place", DEG, INTERNAL),
    Column("size1_m", "float64", "m", "first size, by kind", 0.1, INTERNAL),
    Column("size2_m", "float64", "m", "second size, by kind", 0.1, INTERNAL),
    Column("bearing_deg", "float64", "deg", "azimuth of the first axis or of the sector, from north", 0.01, INTERNAL),
    Column("width_deg", "float64", "deg", "full angle of the sector", 0.01, INTERNAL),
    Column("parts", "string", "", "discs of a place of several parts, as core/parts.py writes them", marking=INTERNAL),
)

OBSERVATIONS = Schema("observations", 2, (
    *REFERENCE,
    Column("state", "string", "", "accepted; duplicate; aside: it speaks of no happening", nullable=False),
    Column("project", "string", "", "who made the list; rows of one project are not independent", nullable=False),
    Column("group", "string", "", "independence group; rows of one group count once", nullable=False),
    *TIME,
    *PLACE,
    Column("class", "string", "", "class of core/classes.py; null where unknown"),
    Column("means", "string", "", "heard, saw, recorded, detected, imaged, reported"),
    Column("count", "float64", "1", "number observed", 1.0),
    Column("count_unit", "string", "", "what was counted: explosion, burst, shot, projectile, pixel, report"),
    Column("description", "string", "", "controlled word: undetermined, outgoing, impact, airburst, N_to_S, ..."),
    Column("weapon", "string", "", "weapon as the source words it; null where not known"),
    Column("killed_low", "float64", "persons", "killed, least", 1.0),
    Column("killed_high", "float64", "persons", "killed, most", 1.0),
    Column("injured_low", "float64", "persons", "injured, least", 1.0),
    Column("injured_high", "float64", "persons", "injured, most", 1.0),
    Column("damage", "string", "", "damage as the source words it"),
    Column("power_mw", "float64", "MW", "radiative power of a thermal anomaly", 0.01),
    Column("confidence", "string", "", "the instrument's own confidence: low, nominal, high"),
    Column("reliability", "string", "", "reliability of the source, A to F"),
    Column("credibility", "string", "", "credibility of the item, 1 to 6"),
    Column("text", "string", "", "description in the source's words", marking=PROTECTED),
    Column("link", "string", "", "address of the evidence", marking=PROTECTED),
    Column("asset", "string", "", "patrol, camera or node that observed", marking=INTERNAL),
))  # fmt: skip

DETECTIONS = Schema("detections", 1, (
    Column("observation", "int64", "", "row of the observations table it was made from", nullable=False),
    Column("detector", "string", "", "name of the detector", nullable=False),
    Column("p_anomaly", "float64", "1", "probability that it is not the peacetime background of its place", 1e-4),
    Column("background_per_km2_day", "float64", "1/(km² day)", "expected peacetime rate there and then", 1e-9),
    Column("persistent", "bool", "", "lies on a persistent (industrial) heat source"),
    Column("class", "string", "", "class that the detector gives"),
    Column("reason", "string", "", "why, in the detector's words", nullable=False),
))  # fmt: skip

# What the network association will fill stays null for single-source events.
EVENTS = Schema("events", 2, (
    Column("event", "int64", "", "number of the event in this run", nullable=False),
    Column("observation", "int64", "", "row of the observations table", nullable=False),
    *REFERENCE,
    Column("project", "string", "", "who made the list", nullable=False),
    Column("group", "string", "", "independence group", nullable=False),
    *TIME,
    *PLACE,
    Column("class", "string", "", "class of core/classes.py; null where unknown"),
    Column("p_real", "float64", "1", "probability that it happened and is no background", 1e-4),
    Column("background_per_km2_day", "float64", "1/(km² day)", "rate of this source around here", 1e-9),
    Column("arrivals", "int64", "1", "arrivals that the network association used"),
    Column("residual_s", "float64", "s", "root mean square of the travel-time residuals", 1e-4),
    Column("gap_deg", "float64", "deg", "largest azimuthal gap", 0.1),
))  # fmt: skip

# Arrivals at single nodes and at arrays; what the network association works on. `phase` says how it travelled.
TRIGGERS = Schema("triggers", 1, (
    *REFERENCE,
    Column("t_ns", "int64", "ns UTC", "onset of the arrival", marking=INTERNAL, nullable=False),
    Column("node", "string", "", "node or array that heard it", marking=INTERNAL, nullable=False),
    Column("phase", "string", "", "acoustic, infrasound, P or S; null is acoustic"),
    Column("t_sigma_s", "float64", "s", "standard deviation of the onset; null: the network's usual one", 1e-4),
    Column("amplitude_pa", "float64", "Pa", "peak pressure, or any measure in proportion to it", 1e-6, INTERNAL),
    Column("class", "string", "", "what the node itself took it for"),
    Column("duration_s", "float64", "s", "how long it lasted", 1e-3),
    Column("energy_low_db", "float64", "dB", "energy below 20 Hz, any common reference", 0.01),
    Column("energy_mid_db", "float64", "dB", "energy from 20 to 200 Hz, same reference", 0.01),
    Column("energy_high_db", "float64", "dB", "energy above 200 Hz, same reference", 0.01),
    Column("back_azimuth_deg", "float64", "deg", "direction it came from, from north", 0.01, INTERNAL),
    Column("back_azimuth_sigma_deg", "float64", "deg", "its standard deviation", 0.01),
    Column("trace_velocity_m_s", "float64", "m/s", "apparent speed across the array", 0.1),
    Column("f_statistic", "float64", "1", "coherent over incoherent power", 0.01),
))  # fmt: skip

NODES = Schema("nodes", 1, (
    *REFERENCE,
    Column("node", "string", "", "name of the node or array", marking=INTERNAL, nullable=False),
    Column("lon_deg", "float64", "deg", "WGS84 longitude", DEG, INTERNAL),
    Column("lat_deg", "float64", "deg", "WGS84 latitude", DEG, INTERNAL),
    Column("elevation_m", "float64", "m", "above the ellipsoid; null where unknown", 0.1, INTERNAL),
    Column("clock_sigma_s", "float64", "s", "standard deviation of its clock", 1e-4),
    Column("pos_sigma_m", "float64", "m", "standard deviation of its position on each axis", 0.1),
))  # fmt: skip

WEATHER = Schema("weather", 1, (
    *REFERENCE,
    *TIME,
    Column("lon_deg", "float64", "deg", "WGS84 longitude of the record", DEG),
    Column("lat_deg", "float64", "deg", "WGS84 latitude of the record", DEG),
    Column("temperature_c", "float64", "°C", "air temperature near the ground", 0.1),
    Column("wind_east_m_s", "float64", "m/s", "wind towards the east", 0.01),
    Column("wind_north_m_s", "float64", "m/s", "wind towards the north", 0.01),
))  # fmt: skip

# What the network association finds: internal, never published as it stands.
ORIGINS = Schema("origins", 1, (
    Column("event", "int64", "", "number of the event in this run", nullable=False),
    Column("t_ns", "int64", "ns UTC", "origin time", marking=INTERNAL, nullable=False),
    Column("t_sigma_s", "float64", "s", "its standard deviation", 1e-4),
    Column("lon_deg", "float64", "deg", "WGS84 longitude", DEG, INTERNAL, nullable=False),
    Column("lat_deg", "float64", "deg", "WGS84 latitude", DEG, INTERNAL, nullable=False),
    Column("depth_m", "float64", "m", "depth below the ellipsoid; null where it was taken to be at the surface", 1.0),
    Column("cov_ee_m2", "float64", "m²", "variance towards the east", 0.01, INTERNAL),
    Column("cov_en_m2", "float64", "m²", "covariance of east and north", 0.01, INTERNAL),
    Column("cov_nn_m2", "float64", "m²", "variance towards the north", 0.01, INTERNAL),
    Column("p", "float64", "1", "probability that it happened as one event", 1e-4),
    Column("p_shot", "float64", "1", "probability of a shot", 1e-4),
    Column("p_explosion", "float64", "1", "probability of an explosion", 1e-4),
    Column("p_large_blast", "float64", "1", "probability of a large blast", 1e-4),
    Column("p_flyover", "float64", "1", "probability of an aircraft, missile or drone flying over", 1e-4),
    Column("p_thunder", "float64", "1", "probability of thunder", 1e-4),
    Column("p_quarry_blast", "float64", "1", "probability of a quarry or mine blast", 1e-4),
    Column("p_unknown", "float64", "1", "probability left to what none of these covers", 1e-4),
    Column("reason", "string", "", "what the class probabilities rest on", nullable=False),
    Column("level_db", "float64", "dB", "source level at 1 km on the triggers' own scale", 0.1),
    Column("arrivals", "int64", "1", "arrivals that it explains", nullable=False),
    Column("residual_s", "float64", "s", "root mean square of the travel-time residuals", 1e-4),
    Column("gap_deg", "float64", "deg", "largest azimuthal gap of the nodes that heard it", 0.1),
    Column("triggers", "int64s", "", "rows of the triggers table that it explains", nullable=False),
))  # fmt: skip

# Origins of one place that followed each other: what enters the fusion, and what a report counts.
VOLLEYS = Schema("volleys", 1, (
    *REFERENCE,  # of the first trigger of its first origin
    *TIME,
    *PLACE,
    Column("class", "string", "", "class of core/classes.py; null where unknown"),
    Column("p_real", "float64", "1", "probability that it happened and is neither thunder nor quarry blast", 1e-4),
    Column("means", "string", "", "detected", nullable=False),
    Column("count", "float64", "1", "expected number of single sounds", 1.0),
    Column("count_unit", "string", "", "what was counted: shot, explosion, sound", nullable=False),
    Column("nodes", "int64", "1", "nodes that heard any of it", nullable=False),
    Column("arrivals", "int64", "1", "arrivals that its origins explain", nullable=False),
    Column("residual_s", "float64", "s", "root mean square of the travel-time residuals", 1e-4),
    Column("gap_deg", "float64", "deg", "least azimuthal gap of its origins", 0.1),
    Column("origins", "int64s", "", "rows of the origins table that it joins", nullable=False),
))  # fmt: skip

LINKS = Schema("links", 1, (
    Column("event_a", "int64", "", "number of the first event", nullable=False),
    Column("event_b", "int64", "", "number of the second event", nullable=False),
    Column("source_a", "string", "", "source of the first", nullable=False),
    Column("source_b", "string", "", "source of the second", nullable=False),
    Column("distance_m", "float64", "m", "distance of the places' centres", 0.1, INTERNAL),
    Column("gap_s", "float64", "s", "time between the two intervals, 0 where they overlap", 1.0),
    Column("log_ratio", "float64", "1", "log of (same happening : chance, at the local background rate)", 1e-4),
    Column("p_link", "float64", "1", "probability that both are of one happening", 1e-4),
    Column("accepted", "bool", "", "whether the pair joined one incident", nullable=False),
))  # fmt: skip

CORRIDORS = Schema("corridors", 1, (
    *REFERENCE,
    *TIME,
    Column("hours_stated", "bool", "", "whether the source states the hours; else the interval is the whole day",
           nullable=False),
    Column("proposer", "string", "", "Ukraine, Russia or Agreed"),
    Column("outcome", "string", "", "successful, unsuccessful, disputed; null where unknown"),
    Column("from_name", "string", "", "start"),
    Column("from_lon_deg", "float64", "deg", "WGS84 longitude of the start", DEG),
    Column("from_lat_deg", "float64", "deg", "WGS84 latitude of the start", DEG),
    Column("to_name", "string", "", "destination"),
    Column("to_lon_deg", "float64", "deg", "WGS84 longitude of the destination; null where it cannot be trusted", DEG),
    Column("to_lat_deg", "float64", "deg", "WGS84 latitude of the destination; null where it cannot be trusted", DEG),
    Column("text", "string", "", "the report, in the source's words", marking=PROTECTED),
    Column("link", "string", "", "address of the report"),
))  # fmt: skip

CONTROL = Schema("control", 1, (
    *REFERENCE,
    *TIME,
    Column("status", "string", "", "occupied, occupied_before_2022, liberated, unknown, elsewhere", nullable=False),
    Column("name", "string", "", "the map's own words"),
    Column("geometry", "binary", "", "WKB polygon or multipolygon, WGS84 lon lat, valid, clipped", nullable=False),
))  # fmt: skip

COVERAGE = Schema("coverage", 2, (
    *REFERENCE,
    *TIME,
    Column("asset", "string", "", "patrol, camera, node or satellite", marking=INTERNAL, nullable=False),
    Column("asset_kind", "string", "", "patrol, camera, uav, acoustic, satellite, post", nullable=False),
    Column("side", "string", "", "side of the line on which it stands; null where it stands on none"),
    Column("working", "bool", "", "whether it could observe in this interval", nullable=False),
    Column("reason", "string", "", "why it could not"),
    Column("p_detect", "float64", "1", "probability to see an event inside the footprint", 1e-3),
    Column("tasking", "string", "", "what it was sent for: routine, verification, inspection, escort, other",
           marking=INTERNAL),
    Column("geometry", "binary", "", "WKB footprint, WGS84 lon lat", marking=INTERNAL, nullable=False),
))  # fmt: skip

IMPEDIMENTS = Schema("impediments", 2, (
    *REFERENCE,
    *TIME,
    Column("kind", "string", "", "denial, delay, conditional_access, jamming, small_arms_fire, loss, other",
           nullable=False),
    Column("means", "string", "", "patrol, camera, uav, satellite"),
    Column("agent", "string", "", "who impeded, as recorded"),
    Column("asset", "string", "", "patrol, camera or vehicle", marking=INTERNAL),
    Column("lon_deg", "float64", "deg", "WGS84 longitude", DEG, INTERNAL),
    Column("lat_deg", "float64", "deg", "WGS84 latitude", DEG, INTERNAL),
    Column("radius_m", "float64", "m", "radius of the disc in which it was", 0.1, INTERNAL),
    Column("demand", "string", "", "condition that was demanded"),
    Column("text", "string", "", "what happened", marking=INTERNAL),
))  # fmt: skip

NOTICES = Schema("notices", 2, (
    *REFERENCE,
    *TIME,
    Column("t_notified_ns", "int64", "ns UTC", "when the notice was given"),
    Column("party", "string", "", "who notified", nullable=False),
    Column("activity", "string", "", "exercise, demining, repair, controlled_detonation, flight, other",
           nullable=False),
    *PLACE,
    Column("text", "string", "", "the notice, in its own words"),
))  # fmt: skip

# A warning is no happening: alerts found no incident and stand beside the incidents of their hours.
ALERTS = Schema("alerts", 1, (
    *REFERENCE,
    Column("state", "string", "", "accepted or duplicate", nullable=False),
    *TIME,
    Column("end_known", "bool", "", "whether the source recorded the end; else it is a guess", nullable=False),
    Column("recorder", "string", "", "who recorded it: official or volunteer", nullable=False),
    Column("level", "string", "", "unit that was alerted: region, district, community", nullable=False),
    Column("region", "string", "", "first-level unit, as the gazetteer spells it; null where it knows none"),
    Column("district", "string", "", "second-level unit, as the source spells it"),
    Column("community", "string", "", "third-level unit, as the source spells it"),
))  # fmt: skip

# What a party or anybody says that another did; its place and time may be unknown.
ALLEGATIONS = Schema("allegations", 1, (
    *REFERENCE,
    Column("state", "string", "", "accepted or duplicate", nullable=False),
    Column("t_start_ns", "int64", "ns UTC", "start of the interval in which it is said to have happened"),
    Column("t_end_ns", "int64", "ns UTC", "end of that interval, exclusive"),
    Column("t_sigma_s", "float64", "s", "standard deviation of the source's clock", quantum=1e-3),
    *PLACE,
    Column("party", "string", "", "who alleges it, as the source words it", nullable=False),
    Column("against", "string", "", "who is said to have done it, as the source words it"),
    Column("class", "string", "", "class of core/classes.py; null where unknown"),
    Column("count", "float64", "1", "number alleged", 1.0),
    Column("count_unit", "string", "", "what was counted"),
    Column("weapon", "string", "", "weapon as the source words it"),
    Column("killed_low", "float64", "persons", "killed, least", 1.0),
    Column("killed_high", "float64", "persons", "killed, most", 1.0),
    Column("injured_low", "float64", "persons", "injured, least", 1.0),
    Column("injured_high", "float64", "persons", "injured, most", 1.0),
    Column("text", "string", "", "the allegation in its own words", marking=Marking.PARTIES),
))  # fmt: skip

INSPECTIONS = Schema("inspections", 1, (
    *REFERENCE,
    *TIME,
    Column("site", "string", "", "id of the storage site in the agreement", nullable=False),
    Column("party", "string", "", "whose weapons are stored there"),
    Column("weapon", "string", "", "weapon as the source words it"),
    Column("declared", "float64", "1", "number that should be there", 1.0),
    Column("present", "float64", "1", "number seen there", 1.0),
    Column("missing", "float64", "1", "number found to be missing", 1.0),
    Column("not_verified", "float64", "1", "number that could not be verified", 1.0),
    Column("access", "string", "", "granted, conditional, delayed, denied", nullable=False),
    Column("text", "string", "", "remarks", marking=INTERNAL),
))  # fmt: skip

CALLS = Schema("calls", 1, (
    *REFERENCE,
    *TIME,
    Column("party", "string", "", "who called the coordination mechanism", nullable=False),
    Column("outcome", "string", "", "resolved, unsuccessful, unanswered; null where unknown"),
    *PLACE,
    Column("text", "string", "", "what it was about", marking=Marking.PARTIES),
))  # fmt: skip

SCHEMAS = {s.name: s for s in (OBSERVATIONS, DETECTIONS, EVENTS, LINKS, CORRIDORS, CONTROL, COVERAGE, IMPEDIMENTS,
                               NOTICES, ALERTS, ALLEGATIONS, INSPECTIONS, CALLS, TRIGGERS, NODES,
                               WEATHER, ORIGINS, VOLLEYS)}  # fmt: skip
