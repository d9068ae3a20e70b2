package io.tollgate.quota.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Puts questions to the owners of their partitions: one call per owner, all at once; by a method call where this
/// process is
/// the owner, or nobody else is known to be. What an owner disowns or does not answer is asked once more after a second
/// look
/// at
/// who the owners are.
///
/// @param <Q> question
/// @param <A> answer
final class OwnerCalls<Q, A> {
    /// Of the time for an answer, what the first attempt may take: enough for any owner that works, and the rest is
    /// enough for
    /// the one that took over from an owner that hangs.
    private static final Duration FIRST_ATTEMPT_MAX = Duration.ofMillis(500);
    /// A remote call ends by its own deadline; this is for its thread to say so.
    private static final Duration SCHEDULING_MARGIN = Duration.ofMillis(50);

    static final Executor VIRTUAL_THREADS = task -> Thread.ofVirtual().start(task);

    /// How an owner in another process is asked; empty if it does not answer in time.
    interface Remote<Q, A> {
        Optional<List<A>> ask(Owner owner, List<Q> questions, Duration atMost);
    }

    private final Owners owners;
    private final String ownAddress;
    private final ToIntFunction<Q> partitionOf;
    private final Predicate<A> disowned;
    private final Optional<Function<List<Q>, List<A>>> local;
    private final Remote<Q, A> remote;

    /// @param disowned whether an answer says that the partition is not owned there
    /// @param local how this process is asked, if it can own partitions
    OwnerCalls(
            Owners owners,
            String ownAddress,
            ToIntFunction<Q> partitionOf,
            Predicate<A> disowned,
            Optional<Function<List<Q>, List<A>>> local,
            Remote<Q, A> remote) {
        this.owners = owners;
        this.ownAddress = ownAddress;
        this.partitionOf = partitionOf;
        this.disowned = disowned;
        this.local = local;
        this.remote = remote;
    }

    /// One place per question, in order; null where no owner was found or answered within `atMost`.
    List<@Nullable A> ask(List<Q> questions, Duration atMost) {
        if (local.isPresent() && questions.stream().allMatch(question -> here(partitionOf.applyAsInt(question)))) {
            // The common case where one instance does everything: no copies, no threads.
            List<A> found = local.get().apply(questions);
            if (found.stream().noneMatch(disowned)) {
                return new ArrayList<>(found);
            }
        }
        long start = System.nanoTime();
        List<@Nullable A> answers = new ArrayList<>();
        questions.forEach(question -> answers.add(null));
        List<Target> firstTargets = questions.stream()
                .map(question -> target(partitionOf.applyAsInt(question)))
                .toList();
        List<Integer> all = IntStream.range(0, questions.size()).boxed().toList();
        attempt(questions, all, firstTargets, FIRST_ATTEMPT_MAX, answers);
        List<Integer> open =
                all.stream().filter(index -> open(answers.get(index))).toList();
        if (open.isEmpty()) {
            return answers;
        }
        boolean slow = System.nanoTime() - start >= FIRST_ATTEMPT_MAX.toNanos();
        lookAgain(left(start, atMost));
        List<Target> targets = questions.stream()
                .map(question -> target(partitionOf.applyAsInt(question)))
                .toList();
        List<Integer> again = open.stream()
                .filter(index -> !(slow && targets.get(index).equals(firstTargets.get(index))))
                .toList();
        Duration left = left(start, atMost);
        if (left.isPositive()) {
            attempt(questions, again, targets, left, answers);
        }
        open.stream().filter(index -> open(answers.get(index))).forEach(index -> answers.set(index, null));
        return answers;
    }

    /// Whom to ask about a partition.
    private sealed interface Target {
        record Here() implements Target {}

        record There(Owner owner) implements Target {}

        record Nobody() implements Target {}
    }

    private Target target(int partition) {
        if (here(partition)) {
            return new Target.Here();
        }
        return owners.ownerOf(partition)
                .filter(known -> !known.address().equals(ownAddress))
                .<Target>map(Target.There::new)
                .orElseGet(Target.Nobody::new);
    }

    private boolean here(int partition) {
        Optional<Owner> owner = owners.ownerOf(partition);
        return local.isPresent() && (owner.isEmpty() || owner.get().address().equals(ownAddress));
    }

    private boolean open(@Nullable A answer) {
        return answer == null || disowned.test(answer);
    }

    private void attempt(
            List<Q> questions,
            List<Integer> indexes,
            List<Target> targets,
            Duration atMost,
            List<@Nullable A> answers) {
        Map<Target, List<Integer>> byTarget = new LinkedHashMap<>();
        indexes.forEach(index -> byTarget.computeIfAbsent(targets.get(index), target -> new ArrayList<>())
                .add(index));
        Map<List<Integer>, CompletableFuture<Optional<List<A>>>> elsewhere = new LinkedHashMap<>();
        List<Integer> here = List.of();
        for (Map.Entry<Target, List<Integer>> group : byTarget.entrySet()) {
            switch (group.getKey()) {
                case Target.Here own -> here = group.getValue();
                case Target.There there -> {
                    List<Q> asked = questionsAt(questions, group.getValue());
                    elsewhere.put(
                            group.getValue(),
                            byTarget.size() == 1
                                    ? CompletableFuture.completedFuture(remote.ask(there.owner(), asked, atMost))
                                    : CompletableFuture.supplyAsync(
                                            () -> remote.ask(there.owner(), asked, atMost), VIRTUAL_THREADS));
                }
                case Target.Nobody nobody -> {}
            }
        }
        if (!here.isEmpty() && local.isPresent()) {
            place(here, local.get().apply(questionsAt(questions, here)), answers);
        }
        long start = System.nanoTime();
        elsewhere.forEach((places, future) -> within(future, left(start, atMost.plus(SCHEDULING_MARGIN)))
                .ifPresent(found -> place(places, found, answers)));
    }

    private static <T> Optional<T> within(CompletableFuture<Optional<T>> future, Duration atMost) {
        try {
            return future.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking another instance failed unexpectedly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static <Q> List<Q> questionsAt(List<Q> questions, List<Integer> indexes) {
        return indexes.size() == questions.size()
                ? questions
                : indexes.stream().map(questions::get).toList();
    }

    private void place(List<Integer> indexes, List<A> found, List<@Nullable A> answers) {
        for (int i = 0; i < indexes.size(); i++) {
            answers.set(indexes.get(i), found.get(i));
        }
    }

    private void lookAgain(Duration atMost) {
        CompletableFuture<Optional<Boolean>> refreshed = CompletableFuture.supplyAsync(
                () -> {
                    owners.refresh();
                    return Optional.of(true);
                },
                VIRTUAL_THREADS);
        var unused = within(refreshed, atMost);
    }

    private static Duration left(long startNanos, Duration atMost) {
        Duration left = atMost.minusNanos(System.nanoTime() - startNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
