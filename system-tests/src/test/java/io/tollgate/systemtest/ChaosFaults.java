package io.tollgate.systemtest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Does things to processes that nobody should: by chance, from a seed, and undoes them later. Of each role one at
/// least
/// is left alone until another has recovered, so that there is something to go wrong with.
final class ChaosFaults implements Runnable {
    private static final Duration BETWEEN_MIN = Duration.ofMillis(500);
    private static final Duration BETWEEN_MAX = Duration.ofMillis(2_500);
    private static final Duration STEP = Duration.ofMillis(50);
    /// The load begins first.
    private static final Duration FIRST_AFTER = Duration.ofSeconds(2);

    /// What may happen, and for how long.
    enum Kind {
        /// SIGKILL, and started again soon.
        KILL_AGGREGATOR("aggregator", 200, 2_000),
        /// Long enough that the group gives its partitions away and their copies take over.
        KILL_AGGREGATOR_FOR_LONG("aggregator", 8_000, 10_000),
        KILL_GATEWAY("gateway", 100, 1_500),
        /// Longer than the two seconds in which a record must reach the log, shorter than the session timeout.
        FREEZE_AGGREGATOR("aggregator", 2_300, 4_500),
        /// Longer than the session timeout of six seconds: it comes back as an owner that is none any more.
        FREEZE_AGGREGATOR_FOR_LONG("aggregator", 7_000, 9_000),
        /// In the middle of requests: between an owner's consent and the record that it is for.
        FREEZE_GATEWAY("gateway", 1_200, 4_500);

        final String role;
        final int msMin;
        final int msMax;

        Kind(String role, int msMin, int msMax) {
            this.role = role;
            this.msMin = msMin;
            this.msMax = msMax;
        }

        boolean kills() {
            return name().startsWith("KILL");
        }
    }

    private record Undo(long atNanos, String victim, Kind kind) {}

    private final Map<String, ServerProcess> processes;
    private final Random random;
    private final long began = System.nanoTime();
    private final long endNanos;
    private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Undo> affected = new HashMap<>();
    /// Started again or thawed, and not ready yet.
    private final Set<String> recovering = new HashSet<>();

    /// What comes next. Every kind before any again; in the first round, for short runs, those that tell most.
    private final List<Kind> deck = new ArrayList<>();

    /// @param processes by name, which begins with the role
    ChaosFaults(Map<String, ServerProcess> processes, long seed, Duration howLong) {
        this.processes = processes;
        this.random = new Random(seed);
        this.endNanos = began + howLong.toNanos();
        deck.addAll(List.of(Kind.FREEZE_AGGREGATOR_FOR_LONG, Kind.KILL_AGGREGATOR, Kind.KILL_GATEWAY));
        Collections.shuffle(deck, random);
    }

    @Override
    public void run() {
        try {
            long next = began + FIRST_AFTER.toNanos();
            while (System.nanoTime() < endNanos) {
                undo(false);
                if (System.nanoTime() >= next) {
                    strike();
                    next = System.nanoTime() + between(BETWEEN_MIN, BETWEEN_MAX).toNanos();
                }
                LockSupport.parkNanos(STEP.toNanos());
            }
            undo(true);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int kills() {
        return count(true);
    }

    int freezes() {
        return count(false);
    }

    private int count(boolean kills) {
        return done.entrySet().stream()
                .filter(entry -> entry.getKey().kills() == kills)
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    Map<Kind, Integer> done() {
        return done;
    }

    List<String> log() {
        return log;
    }

    private void strike() throws IOException, InterruptedException {
        for (String name : List.copyOf(recovering)) {
            if (processes.get(name).ready()) {
                note("ready: " + name);
                recovering.remove(name);
            }
        }
        if (deck.isEmpty()) {
            deck.addAll(Arrays.asList(Kind.values()));
            Collections.shuffle(deck, random);
        }
        for (Kind kind : List.copyOf(deck)) {
            List<String> candidates = processes.keySet().stream()
                    .filter(name -> name.startsWith(kind.role))
                    .sorted()
                    .toList();
            List<String> sound = candidates.stream()
                    .filter(name -> !affected.containsKey(name) && !recovering.contains(name))
                    .toList();
            if (sound.size() > 1) {
                deck.remove(kind);
                strike(kind, sound.get(random.nextInt(sound.size())));
                return;
            }
        }
    }

    private void strike(Kind kind, String victim) throws IOException, InterruptedException {
        Duration away = between(Duration.ofMillis(kind.msMin), Duration.ofMillis(kind.msMax));
        note(kind + " " + victim + " for " + away.toMillis() + " ms");
        ServerProcess process = processes.get(victim);
        if (kind.kills()) {
            process.kill();
        } else {
            process.freeze();
        }
        done.merge(kind, 1, Integer::sum);
        affected.put(victim, new Undo(System.nanoTime() + away.toNanos(), victim, kind));
    }

    private void undo(boolean all) throws IOException, InterruptedException {
        for (Undo undo : List.copyOf(affected.values())) {
            if (all || System.nanoTime() >= undo.atNanos()) {
                note("undone: " + undo.kind() + " " + undo.victim());
                ServerProcess process = processes.get(undo.victim());
                if (undo.kind().kills()) {
                    process.startAgain();
                } else {
                    process.thaw();
                }
                affected.remove(undo.victim());
                recovering.add(undo.victim());
            }
        }
    }

    private Duration between(Duration min, Duration max) {
        return min.plusMillis(random.nextLong(max.minus(min).toMillis()));
    }

    private void note(String what) {
        log.add(String.format(Locale.ROOT, "%7.2f s  %s", (System.nanoTime() - began) / 1e9, what));
    }
}
