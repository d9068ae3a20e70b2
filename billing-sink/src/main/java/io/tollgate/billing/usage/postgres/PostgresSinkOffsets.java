package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.Advance;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Statements on `sink_offsets`, for the transactions that store what was consumed.
public final class PostgresSinkOffsets {
    private PostgresSinkOffsets() {}

    /// For each of `partitions`, the offset before which everything is stored; rows are made where there are none.
    public static SortedMap<Integer, Long> positions(
            Connection connection, String topic, Collection<Integer> partitions) {
        Integer[] numbers = partitions.toArray(Integer[]::new);
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO sink_offsets (topic, partition, next_offset)
                SELECT ?, number, 0 FROM unnest(?) AS number ORDER BY number
                ON CONFLICT (topic, partition) DO NOTHING
                """)) {
            insert.setString(1, topic);
            insert.setArray(2, connection.createArrayOf("int4", numbers));
            insert.executeUpdate();
            return select(connection, topic, numbers);
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    private static SortedMap<Integer, Long> select(Connection connection, String topic, Integer[] numbers)
            throws SQLException {
        SortedMap<Integer, Long> positions = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT partition, next_offset FROM sink_offsets WHERE topic = ? AND partition = ANY (?)")) {
            select.setString(1, topic);
            select.setArray(2, connection.createArrayOf("int4", numbers));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    positions.put(rows.getInt(1), rows.getLong(2));
                }
            }
        }
        return positions;
    }

    /// Takes the steps, and with them the locks of their partitions. Answers false if another writer was there before;
    /// the transaction has to be rolled back then.
    public static boolean move(Connection connection, List<Advance> steps) {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE sink_offsets SET next_offset = ? WHERE topic = ? AND partition = ? AND next_offset = ?")) {
            // In the order of partitions, so that two writers that share several do not wait for each other.
            for (Advance step : steps.stream()
                    .sorted(Comparator.comparingInt(Advance::partition))
                    .toList()) {
                update.setLong(1, step.next());
                update.setString(2, step.topic());
                update.setInt(3, step.partition());
                update.setLong(4, step.expected());
                if (update.executeUpdate() != 1) {
                    return false;
                }
            }
            return true;
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }
}
