package io.tollgate.control.schedule;

/// Work that is done at set times, by one instance at a time. It is done again if an instance dies over it, so it must
/// bear that.
///
/// @param name unique and never changed: under it the times are kept
/// @param cron when, in UTC: second, minute, hour, day of month, month, day of week
/// @param work throws if it failed, and is then done again at the next time
public record Job(String name, String cron, Runnable work) {}
