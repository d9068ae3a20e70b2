package io.tollgate.server.registry;

import io.tollgate.server.registry.RegistryFact.CompatibilityCleared;
import io.tollgate.server.registry.RegistryFact.CompatibilitySet;
import io.tollgate.server.registry.RegistryFact.VersionRegistered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/// The registry's state and decisions, in memory; every change is made durable through the [FactLog] before it shows.
/// Thread-safe.
public final class SchemaStore {
    /// The product has a dozen topics; the rest is for others that use the same registry.
    static final int SUBJECTS_MAX = 10_000;

    /// A compatible change is rare; a client that registers on every start with a changed text must be noticed.
    static final int VERSIONS_PER_SUBJECT_MAX = 1_000;

    /// All schemas are held parsed; this bounds them to a few hundred megabytes.
    static final long SCHEMA_CHARS_MAX = 32L << 20;

    /// Longest topic name (249) and a suffix.
    static final int SUBJECT_CHARS_MAX = 512;

    private final FactLog log;
    private final Map<String, List<Version>> subjects = new TreeMap<>();
    private final Map<Integer, String> textById = new HashMap<>();
    private final Map<String, Integer> idByText = new HashMap<>();
    private final Map<String, Compatibility> levels = new HashMap<>();
    private Compatibility defaultLevel = Compatibility.BACKWARD;
    private long schemaChars;
    private int lastId;

    /// A version with its schema parsed, for compatibility checks.
    private record Version(SubjectVersion published, Schema schema) {}

    private SchemaStore(FactLog log) {
        this.log = log;
    }

    /// The store that earlier facts made, in their order. New ones go to `log`.
    public static SchemaStore of(List<RegistryFact> facts, FactLog log) {
        var store = new SchemaStore(log);
        facts.forEach(store::apply);
        return store;
    }

    /// Registers a schema as the subject's next version and answers it; one that the subject already has is answered
    /// as it is.
    public synchronized Outcome<SubjectVersion> register(String subject, String text) {
        return checkedSubject(subject).then(name -> parsed(text)).then(schema -> {
            var canonical = schema.toString();
            var known = find(subject, canonical);
            if (known.isPresent()) {
                return Outcome.done(known.get());
            }
            var objections = level(subject).objections(schema, schemas(subject));
            if (!objections.isEmpty()) {
                return Outcome.refused(
                        Refusal.INCOMPATIBLE,
                        "Schema being registered is incompatible with an earlier schema for subject \"" + subject
                                + "\" under " + level(subject) + ": " + String.join("; ", objections));
            }
            return room(subject, canonical).then(fits -> {
                var id = idByText.getOrDefault(canonical, lastId + 1);
                var version = versions(subject).size() + 1;
                record(new VersionRegistered(subject, version, id, canonical));
                return Outcome.done(new SubjectVersion(subject, version, id, canonical));
            });
        });
    }

    /// The version under which the subject has this schema.
    public synchronized Outcome<SubjectVersion> lookUp(String subject, String text) {
        return existing(subject)
                .then(versions -> parsed(text))
                .then(schema -> find(subject, schema.toString())
                        .map(Outcome::done)
                        .orElseGet(() -> Outcome.refused(Refusal.SCHEMA_NOT_FOUND, "Schema not found")));
    }

    /// The schema's text.
    public synchronized Outcome<String> schema(int id) {
        var text = textById.get(id);
        return text == null
                ? Outcome.refused(Refusal.SCHEMA_NOT_FOUND, "Schema " + id + " not found")
                : Outcome.done(text);
    }

    /// Every version of every subject that has the schema of this number.
    public synchronized Outcome<List<SubjectVersion>> uses(int id) {
        return schema(id)
                .then(text -> Outcome.done(subjects.values().stream()
                        .flatMap(List::stream)
                        .map(Version::published)
                        .filter(version -> version.id() == id)
                        .toList()));
    }

    /// In alphabetical order.
    public synchronized List<String> subjects() {
        return List.copyOf(subjects.keySet());
    }

    public synchronized Outcome<List<Integer>> versionNumbers(String subject) {
        return existing(subject)
                .then(versions -> Outcome.done(
                        versions.stream().map(v -> v.published().version()).toList()));
    }

    /// `which` is a version number, or `latest` (also written -1).
    public synchronized Outcome<SubjectVersion> version(String subject, String which) {
        return existing(subject).then(versions -> {
            if (which.equals("latest") || which.equals("-1")) {
                return Outcome.done(versions.getLast().published());
            }
            try {
                var number = Integer.parseInt(which);
                if (number >= 1 && number <= versions.size()) {
                    return Outcome.done(versions.get(number - 1).published());
                }
                if (number >= 1) {
                    return Outcome.refused(Refusal.VERSION_NOT_FOUND, "Version " + number + " not found");
                }
            } catch (NumberFormatException e) {
                // Refused below with the other numbers that are none.
            }
            return Outcome.refused(
                    Refusal.INVALID_VERSION,
                    "The specified version '" + which + "' is not a valid version id: a number from 1, or latest");
        });
    }

    /// Why the schema may not follow this version of the subject at its level; empty if it may.
    public synchronized Outcome<List<String>> objections(String subject, String which, String text) {
        return version(subject, which)
                .then(old -> parsed(text)
                        .then(schema -> Outcome.done(level(subject)
                                .objections(
                                        schema,
                                        versions(subject).get(old.version() - 1).schema()))));
    }

    /// Why the schema may not be the subject's next version; empty if it may, as for a subject that does not exist.
    public synchronized Outcome<List<String>> objections(String subject, String text) {
        return parsed(text).then(schema -> Outcome.done(level(subject).objections(schema, schemas(subject))));
    }

    public synchronized Compatibility defaultLevel() {
        return defaultLevel;
    }

    /// The subject's own level, if one was set.
    public synchronized Optional<Compatibility> ownLevel(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }

    public synchronized void setDefaultLevel(Compatibility level) {
        record(new CompatibilitySet(Optional.empty(), level));
    }

    public synchronized Outcome<Compatibility> setLevel(String subject, Compatibility level) {
        return checkedSubject(subject).then(name -> {
            if (!levels.containsKey(subject) && levels.size() >= SUBJECTS_MAX) {
                return Outcome.refused(Refusal.TOO_MUCH, "No more than " + SUBJECTS_MAX + " subjects can have a level");
            }
            record(new CompatibilitySet(Optional.of(subject), level));
            return Outcome.done(level);
        });
    }

    /// Answers the level that the subject had of its own.
    public synchronized Outcome<Compatibility> clearLevel(String subject) {
        var own = levels.get(subject);
        if (own == null) {
            return Outcome.refused(
                    Refusal.SUBJECT_LEVEL_NOT_SET,
                    "Subject '" + subject + "' does not have subject-level compatibility configured");
        }
        record(new CompatibilityCleared(subject));
        return Outcome.done(own);
    }

    private void record(RegistryFact fact) {
        log.append(fact);
        apply(fact);
    }

    private void apply(RegistryFact fact) {
        switch (fact) {
            case VersionRegistered registered -> apply(registered);
            case CompatibilitySet set -> {
                if (set.subject().isPresent()) {
                    levels.put(set.subject().get(), set.level());
                } else {
                    defaultLevel = set.level();
                }
            }
            case CompatibilityCleared cleared -> levels.remove(cleared.subject());
        }
    }

    private void apply(VersionRegistered fact) {
        var versions = subjects.computeIfAbsent(fact.subject(), name -> new ArrayList<>());
        var known = textById.get(fact.id());
        if (fact.version() != versions.size() + 1 || (known != null && !known.equals(fact.schema()))) {
            throw new IllegalStateException("version " + fact.version() + " of " + fact.subject() + " with schema "
                    + fact.id() + " does not follow from what was registered before");
        }
        versions.add(new Version(
                new SubjectVersion(fact.subject(), fact.version(), fact.id(), fact.schema()),
                new Schema.Parser().parse(fact.schema())));
        textById.put(fact.id(), fact.schema());
        idByText.put(fact.schema(), fact.id());
        schemaChars += fact.schema().length();
        lastId = Math.max(lastId, fact.id());
    }

    private Outcome<String> room(String subject, String text) {
        if (!subjects.containsKey(subject) && subjects.size() >= SUBJECTS_MAX) {
            return Outcome.refused(Refusal.TOO_MUCH, "The registry holds no more than " + SUBJECTS_MAX + " subjects");
        }
        if (versions(subject).size() >= VERSIONS_PER_SUBJECT_MAX) {
            return Outcome.refused(
                    Refusal.TOO_MUCH, "A subject has no more than " + VERSIONS_PER_SUBJECT_MAX + " versions");
        }
        if (schemaChars + text.length() > SCHEMA_CHARS_MAX) {
            return Outcome.refused(
                    Refusal.TOO_MUCH, "The registry holds no more than " + SCHEMA_CHARS_MAX + " characters of schemas");
        }
        return Outcome.done(text);
    }

    private static Outcome<String> checkedSubject(String subject) {
        if (subject.isBlank()
                || subject.length() > SUBJECT_CHARS_MAX
                || subject.chars().anyMatch(Character::isISOControl)) {
            return Outcome.refused(
                    Refusal.INVALID_SUBJECT,
                    "A subject has 1 to " + SUBJECT_CHARS_MAX + " characters and no control characters");
        }
        return Outcome.done(subject);
    }

    private static Outcome<Schema> parsed(String text) {
        return orInvalid(() -> new Schema.Parser().parse(text));
    }

    // A text nested some thousands deep ends the parser's stack; that is an invalid schema, not a fault of this
    // process.
    private static Outcome<Schema> orInvalid(Supplier<Schema> parse) {
        try {
            return Outcome.done(parse.get());
        } catch (AvroRuntimeException | StackOverflowError e) {
            return Outcome.refused(Refusal.INVALID_SCHEMA, "Invalid Avro schema: " + e.getMessage());
        }
    }

    private Outcome<List<Version>> existing(String subject) {
        var versions = versions(subject);
        return versions.isEmpty()
                ? Outcome.refused(Refusal.SUBJECT_NOT_FOUND, "Subject '" + subject + "' not found.")
                : Outcome.done(versions);
    }

    private Optional<SubjectVersion> find(String subject, String canonical) {
        return versions(subject).stream()
                .map(Version::published)
                .filter(version -> version.schema().equals(canonical))
                .findFirst();
    }

    private List<Version> versions(String subject) {
        return subjects.getOrDefault(subject, List.of());
    }

    private List<Schema> schemas(String subject) {
        return versions(subject).stream().map(Version::schema).toList();
    }

    private Compatibility level(String subject) {
        return levels.getOrDefault(subject, defaultLevel);
    }
}
