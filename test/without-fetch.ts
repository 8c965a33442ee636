/** An old runtime: the library has to bring its own `fetch`. */
Reflect.deleteProperty(globalThis, 'fetch');
