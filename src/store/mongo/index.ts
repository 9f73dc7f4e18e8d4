export { createMongoStore, type MongoStoreDependencies, type MongoStoreOptions } from './mongo-job-store.ts';
export { mongoSecurityOf, readSecurityFiles, type MongoSecurity, type MongoSettings } from './security.ts';
