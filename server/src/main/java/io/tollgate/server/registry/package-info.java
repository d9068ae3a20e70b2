/// A schema registry for Avro: which schemas a subject has had, under which numbers, and whether a new one may
/// follow. It answers what the Confluent REST API asks; the wire form is in `http`, the storage in `file`.
///
/// Promises: a number once given means the same schema for ever; a fact is stored durably before it is answered; what
/// a subject's compatibility level forbids is never stored. Nothing is ever deleted, because records in the log refer
/// to schemas by number.
@NullMarked
package io.tollgate.server.registry;

import org.jspecify.annotations.NullMarked;
