export { createMongoStore, type MongoStoreDependencies, type MongoStoreOptions } from './mongo-job-store.ts';
