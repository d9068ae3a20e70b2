/// The way of a definition from PostgreSQL to the log. A change and its outbox row are one transaction; rows are then
/// published at least once, in the order of their ids for each record key, by one publisher at a time however many
/// instances run. A process that dies between commit and publication leaves the row to the next publisher.
@NullMarked
package io.tollgate.control.outbox;

import org.jspecify.annotations.NullMarked;
