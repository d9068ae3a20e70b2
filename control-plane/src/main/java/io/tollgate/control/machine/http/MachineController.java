package io.tollgate.control.machine.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.machine.Machine;
import io.tollgate.control.machine.Machines;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.http.NamedTenant;
import io.tollgate.http.Answers;
import java.time.Instant;
import java.util.List;

/// The machines of a tenant.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class MachineController {
    private final Machines machines;
    private final Tenants tenants;

    public MachineController(Machines machines, Tenants tenants) {
        this.machines = machines;
        this.tenants = tenants;
    }

    @Get("/businesses/{bid}/customers/{cid}/machines")
    HttpResponse<byte[]> listIn(HttpRequest<?> request, String cid) {
        return list(request, cid);
    }

    @Get("/customers/{cid}/machines")
    HttpResponse<byte[]> list(HttpRequest<?> request, String cid) {
        Reach reach = Authority.managedReach(
                Answers.principal(request), NamedTenant.organization(tenants, request, cid), Permission.CUSTOMERS_READ);
        TenantId id = NamedTenant.id(cid);
        if (!reach.covers(id)) {
            throw Problem.of(ErrorCode.FORBIDDEN, "Customers can only read their own machines");
        }
        List<Machine> running = machines.running(reach.organizationId(), id);
        if (running.isEmpty()) {
            throw none();
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("machines");
        running.forEach(machine -> list.add(toJson(machine)));
        return Answers.json(HttpStatus.OK, body);
    }

    static Problem none() {
        return Problem.of(ErrorCode.NOT_FOUND, "No machines found for customer");
    }

    private static ObjectNode toJson(Machine machine) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("machine_id", machine.provided().providerId())
                .put("status", "running")
                .put("fly_app_name", machine.provided().appName())
                .put("machine_url", machine.provided().url())
                .put("ip_address", machine.provided().ipAddress())
                .put("docker_image", machine.provided().dockerImage())
                .put(
                        "expires_at",
                        machine.expiresAt().map(Instant::getEpochSecond).orElse(null));
    }
}
