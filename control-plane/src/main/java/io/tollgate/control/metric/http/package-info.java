/// Routes that make and delete metrics, and the reading and writing of their bodies.
@NullMarked
package io.tollgate.control.metric.http;

import org.jspecify.annotations.NullMarked;
