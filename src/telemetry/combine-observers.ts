import type { EngineObserver } from '../engine/index.ts';

/** Two observers as one: `inner` sees what happens within what `outer` sees. The origins are those of `inner`. */
export function combineObservers(outer: EngineObserver, inner: EngineObserver): EngineObserver {
  return {
    upload: (submit) => outer.upload(() => inner.upload(submit)),
    uploadBytes(count) {
      outer.uploadBytes(count);
      inner.uploadBytes(count);
    },
    jobAdopted(job, how) {
      outer.jobAdopted(job, how);
      inner.jobAdopted(job, how);
    },
    jobFinished(job, state) {
      outer.jobFinished(job, state);
      inner.jobFinished(job, state);
    },
    jobLeft(jobId) {
      outer.jobLeft(jobId);
      inner.jobLeft(jobId);
    },
    sending: (sending, send) => outer.sending(sending, () => inner.sending(sending, send)),
    evaluation: (request, evaluate) => outer.evaluation(request, () => inner.evaluation(request, evaluate)),
    findOrigin: () => inner.findOrigin(),
    recording: (recording, record) => outer.recording(recording, () => inner.recording(recording, record)),
  };
}
