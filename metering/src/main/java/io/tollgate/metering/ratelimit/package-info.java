/// Rate limits: how many requests pass in any span of time. Pure: time comes in as an argument, and nothing here is
/// shared between threads.
@NullMarked
package io.tollgate.metering.ratelimit;

import org.jspecify.annotations.NullMarked;
