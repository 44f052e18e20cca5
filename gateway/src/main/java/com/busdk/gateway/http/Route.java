package com.busdk.gateway.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.identity.Identity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.function.Supplier;

/**
 * A path and method, who may use it, and what it does. Immutable.
 *
 * @param method the method
 * @param path the path; one that ends in {@code /} stands for that and one more part
 * @param access who may use it
 * @param maxBodyBytes longest body that is read, 0 for none
 * @param tooLong makes the answer to a longer one
 * @param handler does it
 */
public record Route(
        HttpMethod method,
        String path,
        Access access,
        int maxBodyBytes,
        Supplier<ApiException> tooLong,
        ApiHandler handler) {
    /** Longest body where an empty object is all that is taken: there may be blanks around it. */
    private static final int MAX_EMPTY_BODY_BYTES = 4 << 10;

    /** Who may use a route. */
    public sealed interface Access {
        /** Everybody, without a token. */
        record Open() implements Access {}

        /** Whoever its handler lets do it: the handler gets the request's head, and a caller that is nobody. */
        record ByHandler() implements Access {}

        /**
         * Who has a scope.
         *
         * @param scope the scope
         * @param orScopes others that are as good
         * @param internal whether the token has to be for the internal audience, and not for that of the API
         */
        record Scoped(String scope, List<String> orScopes, boolean internal) implements Access {
            /** Keeps a copy. */
            public Scoped {
                orScopes = List.copyOf(orScopes);
            }

            boolean allows(Identity caller) {
                return caller.hasScope(scope) || orScopes.stream().anyMatch(caller::hasScope);
            }
        }
    }

    /**
     * A route that needs a scope.
     *
     * @param method the method
     * @param path the path
     * @param scope the scope
     * @param maxBodyBytes longest body that is read, 0 for none
     * @param handler does it
     * @return the route
     */
    public static Route scoped(HttpMethod method, String path, String scope, int maxBodyBytes, ApiHandler handler) {
        return reading(method, path, new Access.Scoped(scope, List.of(), false), maxBodyBytes, handler);
    }

    /**
     * The same for whoever has another scope.
     *
     * @param others scopes that are as good as that of the route, which alone is named to who has none of them
     * @return the route
     */
    public Route orScopes(String... others) {
        if (!(access instanceof Access.Scoped scoped)) {
            throw new IllegalStateException("the route asks for no scope");
        }
        return new Route(
                method,
                path,
                new Access.Scoped(scoped.scope(), List.of(others), scoped.internal()),
                maxBodyBytes,
                tooLong,
                handler);
    }

    /**
     * A route for internal services alone.
     *
     * @param method the method
     * @param path the path
     * @param scope the scope
     * @param handler does it
     * @return the route
     */
    public static Route internal(HttpMethod method, String path, String scope, ApiHandler handler) {
        return reading(method, path, new Access.Scoped(scope, List.of(), true), 0, handler);
    }

    /**
     * A route that is read without a token.
     *
     * @param path the path
     * @param answer makes the answer
     * @return the route
     */
    public static Route open(String path, Supplier<Future<Answer>> answer) {
        return reading(HttpMethod.GET, path, new Access.Open(), 0, _ -> answer.get());
    }

    /**
     * A route whose handler finds out who may use it.
     *
     * @param method the method
     * @param path the path
     * @param maxBodyBytes longest body that is read, 0 for none
     * @param handler does it
     * @return the route
     */
    public static Route byHandler(HttpMethod method, String path, int maxBodyBytes, ApiHandler handler) {
        return reading(method, path, new Access.ByHandler(), maxBodyBytes, handler);
    }

    /**
     * The same for clients that send a body with every {@code POST} and {@code DELETE}: an empty object says as much as
     * none. Anything else is refused, since whoever writes it means something by it.
     *
     * @return the route
     */
    public Route orEmptyObject() {
        return reading(method, path, access, MAX_EMPTY_BODY_BYTES, call -> {
            Json.checkEmpty(call.body());
            return handler.handle(call);
        });
    }

    /**
     * The same with an answer of its own to a body that is too long.
     *
     * @param answer makes it
     * @return the route
     */
    public Route whereTooLong(Supplier<ApiException> answer) {
        return new Route(method, path, access, maxBodyBytes, answer, handler);
    }

    private static Route reading(HttpMethod method, String path, Access access, int maxBodyBytes, ApiHandler handler) {
        return new Route(method, path, access, maxBodyBytes, () -> Bodies.tooLarge(maxBodyBytes), handler);
    }

    /** What stands for the open part of the path; empty where there is none. The path is known to match. */
    String parameter(String requested) {
        return path.endsWith("/") ? requested.substring(path.length()) : "";
    }

    boolean matches(String requested) {
        if (!path.endsWith("/")) {
            return requested.equals(path);
        }
        return requested.length() > path.length()
                && requested.startsWith(path)
                && requested.indexOf('/', path.length()) < 0;
    }
}
