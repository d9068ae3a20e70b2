package io.tollgate.quota.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
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
    /// An owner that works answers before, even if it waits for another request that is on its way; then it is time to
    /// see
    /// whether somebody has taken over. The rest of the time is enough for that one.
    private static final Duration LOOKS_AGAIN_AFTER = Duration.ofMillis(500);
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
        List<Target> firstTargets = targets(questions);
        List<Integer> all = IntStream.range(0, questions.size()).boxed().toList();
        List<Call<A>> calls = begin(questions, all, firstTargets, atMost, answers);
        calls.forEach(call -> place(call, left(start, LOOKS_AGAIN_AFTER), answers));
        List<Integer> open =
                all.stream().filter(index -> open(answers.get(index))).toList();
        if (open.isEmpty()) {
            return answers;
        }
        lookAgain(left(start, atMost));
        List<Target> targets = targets(questions);
        // An owner that has the question and has not answered yet is not asked twice: it may be about to answer, and
        // what it
        // does with a question whose asker has gone is its own business.
        Set<Integer> again = open.stream()
                .filter(index ->
                        answers.get(index) != null || !targets.get(index).equals(firstTargets.get(index)))
                .collect(Collectors.toSet());
        List<Call<A>> secondCalls =
                begin(questions, open.stream().filter(again::contains).toList(), targets, left(start, atMost), answers);
        for (Call<A> call : calls) {
            if (call.indexes().stream().anyMatch(index -> answers.get(index) == null && !again.contains(index))) {
                place(call, left(start, atMost), answers);
            }
        }
        secondCalls.forEach(call -> place(call, left(start, atMost), answers));
        open.stream().filter(index -> open(answers.get(index))).forEach(index -> answers.set(index, null));
        return answers;
    }

    /// Whom to ask about a partition.
    private sealed interface Target {
        record Here() implements Target {}

        record There(Owner owner) implements Target {}

        record Nobody() implements Target {}
    }

    private List<Target> targets(List<Q> questions) {
        return questions.stream()
                .map(question -> target(partitionOf.applyAsInt(question)))
                .toList();
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

    /// A call to another instance that is under way.
    private record Call<A>(List<Integer> indexes, CompletableFuture<Optional<List<A>>> answers) {}

    /// Calls the others on threads of their own, then this process on the calling one.
    private List<Call<A>> begin(
            List<Q> questions,
            List<Integer> indexes,
            List<Target> targets,
            Duration atMost,
            List<@Nullable A> answers) {
        Map<Target, List<Integer>> byTarget = new LinkedHashMap<>();
        indexes.forEach(index -> byTarget.computeIfAbsent(targets.get(index), target -> new ArrayList<>())
                .add(index));
        List<Call<A>> calls = new ArrayList<>();
        List<Integer> here = List.of();
        for (Map.Entry<Target, List<Integer>> group : byTarget.entrySet()) {
            switch (group.getKey()) {
                case Target.Here own -> here = group.getValue();
                case Target.There there -> {
                    List<Q> asked = questionsAt(questions, group.getValue());
                    calls.add(new Call<>(
                            group.getValue(),
                            CompletableFuture.supplyAsync(
                                    () -> remote.ask(there.owner(), asked, atMost), VIRTUAL_THREADS)));
                }
                case Target.Nobody nobody -> {}
            }
        }
        if (!here.isEmpty() && local.isPresent()) {
            place(here, local.get().apply(questionsAt(questions, here)), answers);
        }
        return calls;
    }

    /// Waits for a call and keeps what it answers, where nothing is answered yet.
    private void place(Call<A> call, Duration atMost, List<@Nullable A> answers) {
        within(call.answers(), atMost.plus(SCHEDULING_MARGIN))
                .ifPresent(found -> place(call.indexes(), found, answers));
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
            if (open(answers.get(indexes.get(i)))) {
                answers.set(indexes.get(i), found.get(i));
            }
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
