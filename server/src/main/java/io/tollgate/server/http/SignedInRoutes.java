package io.tollgate.server.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.control.session.http.SessionRoutes;

/// Sessions are taken by the routes of organizations that need PostgreSQL anyway. Those of the gateway take none, not
/// even where one instance is everything: a client that works here must work with gateways that have no database.
public final class SignedInRoutes implements SessionRoutes {
    @Override
    public boolean take(HttpRequest<?> request) {
        return ApiPaths.isApi(request.getPath()) && !RouteRoles.ofGateway(request);
    }
}
