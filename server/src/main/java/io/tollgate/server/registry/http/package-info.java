/// The registry over HTTP, in the form of the Confluent REST API: paths, bodies and error codes that its clients
/// know.
@NullMarked
package io.tollgate.server.registry.http;

import org.jspecify.annotations.NullMarked;
