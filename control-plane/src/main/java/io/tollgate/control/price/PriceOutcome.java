package io.tollgate.control.price;

import java.time.Instant;

/// What became of the wish to make or change a price model.
public sealed interface PriceOutcome {
    /// It prices events from now on, whenever they happened.
    record Saved(StoredPrice price) implements PriceOutcome {}

    /// It prices nothing any more.
    record Deleted() implements PriceOutcome {}

    /// Another one is in force for the same target and meter at some same time.
    record Overlaps(StoredPrice other) implements PriceOutcome {}

    /// The organization has no such plan.
    record NoPlan(String planRef) implements PriceOutcome {}

    /// It would end before it starts.
    record Backwards() implements PriceOutcome {}

    /// Prices of the meter before `until` are on finalized invoices and stay as they are.
    record Invoiced(String meter, Instant until) implements PriceOutcome {}

    /// No such price model, or no such organization.
    record Absent() implements PriceOutcome {}
}
