@NullMarked
package com.busdk.broker;

import org.jspecify.annotations.NullMarked;
