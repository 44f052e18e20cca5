/**
 * A small relational store, SQLite or PostgreSQL alike: {@link com.busdk.client.sql.DatabaseLocation} says where,
 * {@link com.busdk.client.sql.Schema} which tables, and {@link com.busdk.client.sql.Database} runs work in transactions.
 * Nothing outside of it opens a connection.
 *
 * <p>Threads: work runs on threads of the database's own, each with a connection that no other thread touches; callers are
 * event loops that never wait, and get their results on their own context.
 */
@NullMarked
package com.busdk.client.sql;

import org.jspecify.annotations.NullMarked;
