/// Values on the wire: Avro in Confluent wire format (0x00, four bytes of schema id, Avro binary) and the client of a
/// schema registry that speaks Confluent's REST API. Confluent's own serializer writes and reads the same bytes.
@NullMarked
package io.tollgate.contract.wire;

import org.jspecify.annotations.NullMarked;
