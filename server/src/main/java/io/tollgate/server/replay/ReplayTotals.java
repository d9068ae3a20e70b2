package io.tollgate.server.replay;

/// What became of a replay's events so far.
///
/// @param lines lines dealt with, from the first
/// @param accepted events taken in; those sent in an earlier pass are among them where their owner could not be asked,
/// and
///     are dropped when they are counted
/// @param duplicate events that the answer already knew as duplicates
/// @param rejected events refused for good
/// @param unreadable lines that are not in Combined Log Format
record ReplayTotals(long lines, long accepted, long duplicate, long rejected, long unreadable) {
    static final ReplayTotals NONE = new ReplayTotals(0, 0, 0, 0, 0);

    ReplayTotals plus(long moreLines, long moreAccepted, long moreDuplicate, long moreRejected, long moreUnreadable) {
        return new ReplayTotals(
                lines + moreLines,
                accepted + moreAccepted,
                duplicate + moreDuplicate,
                rejected + moreRejected,
                unreadable + moreUnreadable);
    }
}
