package com.busdk.gateway.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;

/** The description of a service's paths, which the service gives out itself. Stateless, any thread. */
public final class OpenApi {
    private static final String RESOURCE = "openapi.yaml";

    private OpenApi() {}

    /**
     * A route that gives out the file {@code openapi.yaml} beside a class, to anybody.
     *
     * @param path where
     * @param beside the class
     * @return the route
     * @throws IllegalStateException if there is no such file
     */
    public static Route route(String path, Class<?> beside) {
        Answer document = new Answer(200, "application/yaml", read(beside));
        return Route.open(path, () -> Future.succeededFuture(document));
    }

    private static Buffer read(Class<?> beside) {
        try (InputStream in = beside.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("there is no " + RESOURCE + " beside " + beside.getName());
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(RESOURCE + " cannot be read", e);
        }
    }
}
