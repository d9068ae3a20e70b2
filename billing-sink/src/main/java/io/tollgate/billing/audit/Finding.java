package io.tollgate.billing.audit;

/// Something that does not balance.
///
/// @param about number of the invoice, or what else it is about
/// @param what a sentence for a person
public record Finding(String about, String what) {
    @Override
    public String toString() {
        return about + ": " + what;
    }
}
