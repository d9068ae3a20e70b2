package io.tollgate.control.cycle;

import java.math.BigDecimal;

/// Whether a report has arrived that nobody knows the end of, told from what the provider has added up.
public enum Arrival {
    ARRIVED,
    MISSING,
    /// Others are under way as well, or somebody else reports there too: neither sending nor leaving it would be safe.
    UNDECIDED;

    /// @param added up by the provider, over the same span as what follows
    /// @param sent units of reports that have arrived
    /// @param unknown units of other reports that nobody knows the end of
    /// @param units of this report
    public static Arrival of(BigDecimal added, BigDecimal sent, BigDecimal unknown, BigDecimal units) {
        if (added.compareTo(sent) == 0) {
            return MISSING;
        }
        return added.compareTo(sent.add(unknown).add(units)) == 0 ? ARRIVED : UNDECIDED;
    }
}
