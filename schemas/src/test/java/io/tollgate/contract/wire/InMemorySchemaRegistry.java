package io.tollgate.contract.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/// A registry in memory, for tests.
public final class InMemorySchemaRegistry implements SchemaRegistry {
    private final Map<Integer, Schema> schemas = new LinkedHashMap<>();
    private boolean available = true;

    /// Whether the registry answers.
    public synchronized void available(boolean answers) {
        this.available = answers;
    }

    @Override
    public synchronized int register(String subject, Schema schema) {
        check();
        for (Map.Entry<Integer, Schema> known : schemas.entrySet()) {
            if (known.getValue().equals(schema)) {
                return known.getKey();
            }
        }
        schemas.put(schemas.size() + 1, schema);
        return schemas.size();
    }

    @Override
    public synchronized Schema schemaOf(int id) {
        check();
        Schema schema = schemas.get(id);
        if (schema == null) {
            throw new MalformedRecordException("no schema " + id);
        }
        return schema;
    }

    private void check() {
        if (!available) {
            throw new RegistryUnavailableException("the registry is switched off");
        }
    }
}
