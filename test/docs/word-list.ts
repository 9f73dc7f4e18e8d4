/**
 * Words that are not used in pages, messages and comments, because readers know a standard term for the thing. American
 * spelling is part of it. A pattern names the phrase that is wrong as narrowly as it can; `except` lists the phrases that
 * hold the same letters and are right, each with its reason.
 */
import type { ProseKind } from './prose.ts';

export interface Entry {
  /** Any case, unless the source says otherwise; a blank matches every run of blanks and line breaks. */
  readonly word: RegExp;
  readonly instead: string;
  /** Default: every kind. */
  readonly kinds?: readonly ProseKind[];
  readonly except?: readonly Exception[];
}

export interface Exception {
  /** Matched against the text around the word; it must contain the word. */
  readonly phrase: RegExp;
  readonly reason: string;
}

const pagesAndMessages = ['page', 'message'] as const;
const pages = ['page'] as const;

export const wordList: readonly Entry[] = [
  { word: /asked for:|\| *asked for *\|/, instead: 'target', kinds: pages },
  { word: /\bMISSED\b/, instead: 'missed; the opposite is met' },
  { word: /asks? (?:nobody|no one)/, instead: 'has no authentication; does not authenticate clients' },
  { word: /\bnobody\b/, instead: 'name who: no client, no caller, no process; or “is not read”, “has no owner”' },
  {
    word: /\b(?:tells?|told|telling)\b/,
    instead: 'describes, explains, reports, notifies; a column of contents: Contents',
    except: [{ phrase: /t(?:ell(?:s|ing)?|old) (?:\S+ ){0,7}(?:apart|from)\b/, reason: 'to distinguish' }],
  },
  {
    word: /\basks\b|\b(?:is|are|was|were|be|been|being) asked\b/,
    instead: 'queries, requests, checks',
    except: [{ phrase: /asks (?:first|you|the user|on a terminal|before|for confirmation)/, reason: 'a prompt' }],
  },
  {
    word: /\banswer(?:s|ed|ing)?\b/,
    instead: 'response, to respond; of a job: result, outcome',
    kinds: pagesAndMessages,
  },
  {
    word: /\brefus(?:es?|ed|ing|als?)\b|\bturn(?:s|ed|ing)? (?:\S+ )?away\b/,
    instead: 'reject, rejected (a request); deny (access); not supported (a feature)',
    except: [
      {
        phrase: /connections? (?:is |was )?refused|refused connections?/,
        reason: 'the standard name of this error',
      },
    ],
  },
  { word: /\bunder way\b/, instead: 'in progress (job, upload); in flight (chunk, message)' },
  { word: /\b(?:go|goes|going|gone|went) on\b/, instead: 'continue, resume' },
  { word: /\b(?:breaks?|broke|broken|breaking) off\b/, instead: 'is interrupted, disconnects, is aborted' },
  {
    word: /\b(?:is|are|be|was|were|been|being|goes|went|gone) away\b/,
    instead: 'unavailable, down; disconnected (a client)',
  },
  { word: /\bout of reach\b/, instead: 'unreachable, unavailable' },
  { word: /\banew\b|\b(?:begins?|beginning|began|begun) again\b/, instead: 'restart, recreate, retry' },
  { word: /\blook(?:s|ed|ing)? after\b/, instead: 'owns, manages' },
  {
    word: /\bone a (?:line|page|call|file|job)\b|(?:\d|\b(?:bytes|operations|results|rows|lines|errors|requests|jobs|messages|chunks|calls|steps|µs|ms|s|KB|MB|GB|KiB|MiB|GiB)) an? (?:line|page|call|chunk|job|row|second|minute|hour|day|message|operation|file)\b/,
    instead: 'one per line, per page, per call; lines per second or lines/s',
  },
  {
    word: /\bprocessors?\b/,
    instead: 'CPU, CPU cores, CPU time, CPU usage',
    except: [{ phrase: /word processors?/, reason: 'programs for texts' }],
  },
  { word: /\bmistakes?\b|\bmend(?:s|ed|ing)?\b/, instead: 'bug, bug fix; programming error; to fix' },
  { word: /\bweakness(?:es)?\b/, instead: 'vulnerability' },
  {
    word: /\b(?:bracket|brackets)\b/,
    instead: 'parentheses for ( ); square brackets for [ ]',
    except: [
      { phrase: /(?:square|curly|angle) brackets?/, reason: 'named exactly' },
      { phrase: /brackets (?:of an IPv6 address|that it has in a URL)/, reason: 'square by definition (RFC 3986)' },
    ],
  },
  { word: /\btruth values?\b/, instead: 'Boolean; in messages: true/false value' },
  { word: /\bwhole numbers?\b/, instead: 'integer' },
  { word: /\bwithout its sign\b/, instead: 'absolute value' },
  { word: /\bwhole division\b/, instead: 'integer quotient' },
  { word: /\bbits turned (?:a)?round\b/, instead: 'bitwise complement' },
  { word: /\b(?:loosest|tightest)\b/, instead: 'lowest, highest precedence' },
  {
    word: /\ba text\b(?![/-])|\btexts\b/,
    instead: 'string',
    except: [{ phrase: /a text (?:box|file|field|editor|format|input)/, reason: 'text as an adjective' }],
  },
  {
    word: /\bthis address\b|\bthe address exists\b/,
    instead: 'path, endpoint, URL',
    kinds: ['message'],
    except: [{ phrase: /(?:requests?|connections?) (?:of|from) this address/, reason: 'an IP address' }],
  },
  { word: /\bpast it\b/, instead: 'if exceeded', kinds: pages },
  { word: /\bmoving up\b/, instead: 'migrating to a cluster' },
  {
    word: /\bwhich form\b|\b(?:of their|its own|have its) form\b/,
    instead: 'deployment mode; format version; file format',
  },
  { word: /^#+ words$|\bthe words: /m, instead: 'terminology, glossary; domain types' },
  { word: /\b(?:is|stays|remains) the truth\b|\| the truth\b/, instead: 'source of truth, system of record' },
  { word: /\bfolds?\b/, instead: 'checkpoint', kinds: pagesAndMessages },
  { word: /\blaps(?:e|es|ed|ing)\b/, instead: 'expire, expired' },
  { word: /\bin good order\b/, instead: 'gracefully' },
  { word: /\bprocess apart\b/, instead: 'a separate process' },
  { word: /\bguilty\b|\bcondemn(?:s|ed|ing)?\b/, instead: 'offending line; aborted line' },
  { word: /\bpatien(?:ce|t|tly)\b/, instead: 'resend timeout; timeout' },
  {
    word: /\brepairs? of (?:the|its|an) evaluators?\b|\bevaluator(?:[’']s)? repairs?\b/,
    instead: 'evaluator failures',
  },
  { word: /\b(?:put|puts|set|sets) aside\b|\bthe letters\b/, instead: 'sent to the dead-letter topic' },
  { word: /\bsilen(?:t|tly|ce)\b/, instead: 'not reporting (an instance); idle (a connection); no-op (an observer)' },
  { word: /\b(?:come|comes|came) (?:again|twice)\b/, instead: 'retry; is redelivered, duplicated' },
  {
    word: /\bbeside\b/,
    instead: 'next to, alongside, together with, under load, compared with',
    except: [{ phrase: /small-beside-big/, reason: 'the name of a benchmark' }],
  },
  { word: /\boff the clock\b/, instead: 'not timed, warm-up' },
  {
    word: /\bpeers\b/,
    instead: 'baselines, comparison systems (of a benchmark); another node (of a cluster)',
    except: [{ phrase: /bench[-/]peers/, reason: 'the name of a folder and a target' }],
  },
  { word: /\b(?:is|are|be) watched\b/, instead: 'monitored; observability', kinds: pages },
  { word: /\bcontract of (?:the )?metrics\b|\bof the contract\b/, instead: 'metric definitions' },
  {
    word: /\bon (?:its|their|the) way\b|\bthe way of a chunk\b/,
    instead: 'in flight, in transit, meanwhile; the path of a chunk',
  },
  { word: /\bloops? of questions\b/, instead: 'polling loop' },
  { word: /\bplant(?:ed|s|ing)?\b/, instead: 'deliberate (a violation), injected (a fault)' },
  { word: /\bprov(?:e|es|ed|ing)\b/, instead: 'verify, check', kinds: pagesAndMessages },
  { word: /\bdealt out\b|\bin shares\b/, instead: 'allocated' },
  { word: /\bat once\b/, instead: 'immediately; concurrently, at the same time' },
  { word: /\bfor ever\b/, instead: 'forever, indefinitely' },
  { word: /\b(?:is|are|all) (?:is )?well\b(?![- ]k)/, instead: 'healthy' },
  { word: /\bsettings? (?:is|are|that (?:is|are)) wrong\b/, instead: 'invalid settings' },
  { word: /\bhalf[- ]cop(?:y|ies|ied)\b/, instead: 'partial copy' },
  {
    word: /^#+ (?:why it happens|how to find out|what to do|when it ends)$/m,
    instead: 'Causes, Diagnosis, Remediation, Recovery',
  },
  { word: /\bwho(?:m|mso|so)?ever\b/, instead: 'name the actor: the client, the caller, the process that …' },
  { word: /\bby (?:itself|themselves)\b/, instead: 'automatically, without a restart, on its own' },
  {
    word: /\b(?:it|that|which|they|what) (?:is|are) none\b/,
    instead: 'repeat the noun: “there are no jobs”, “is not a job id”',
  },
  {
    word: /\b(?:recogni|reali|organi|initiali|seriali|normali|optimi|minimi|maximi|summari|synchroni|authori|capitali|customi|finali|generali|materiali|memori|prioriti|speciali|standardi|stabili|tokeni|utili|visuali)s(?:e|es|ed|er|ing|ation)\b/,
    instead: 'American spelling: -ize, -ization',
  },
  { word: /\b(?:behaviour|colour|neighbour|favour|honour|labour|humour|rumour)\w*/, instead: 'American spelling: -or' },
  {
    word: /\b(?:licences?|(?:data ?)?centres?|metres?|catalogues?|artefacts?|judgements?|defences?|offences?|grey|analys(?:e|ed|es|ing)|fulfil|ageing|programmes?|travell(?:ed|er|ing)|modell(?:ed|ing)|labell(?:ed|ing)|signall(?:ed|ing)|tyres?|cheques?|draught|plough|sceptical\w*|whilst|amongst)\b/,
    instead: 'American spelling; the state “cancelled” keeps its two l, it is part of the API',
  },
];
