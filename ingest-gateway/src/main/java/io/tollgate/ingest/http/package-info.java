/// `POST /api/v1/events` and `PUT /api/v1/metrics/{name}` on the wire: bodies in, answers out, sizes bounded before
/// they
/// are read. Answers 2xx only when
/// every new event of the request is acknowledged by the log. Never reads a database and never blocks an event loop.
@NullMarked
package io.tollgate.ingest.http;

import org.jspecify.annotations.NullMarked;
