package com.busdk.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * What a signal of the system does. Java has no public way to tell Ctrl-C from a polite request to stop, and they end
 * with different exit codes; {@code sun.misc.Signal}, which every JDK has in {@code jdk.unsupported}, is reached by name
 * so that a Java without it still runs.
 */
public final class Signals {
    private Signals() {}

    /**
     * Calls {@code action} on a thread of Java's own each time the signal comes, instead of ending the process.
     *
     * @param name without SIG, for example {@code TERM}
     * @return false when this Java or system does not let us, and the signal still ends the process
     */
    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone, as any object without equals
    public static boolean handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "handler of SIG" + name;
                    });
            Method handle = signal.getMethod("handle", signal, handler);
            handle.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (ReflectiveOperationException | IllegalArgumentException _) {
            // Windows has no SIGHUP, and a runtime may be built without the module: then Java's own way stands.
            return false;
        }
    }
}
