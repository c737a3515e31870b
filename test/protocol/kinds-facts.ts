/** What the sources of a kind say, or of one of its variants (`5600 wasm`), in one line each. */
export interface KindFact {
  readonly reading: string;
  readonly status: string;
  /** Such as `text|url 1-*`: types, least and most; then `@marker`, `json` and most bytes. */
  readonly inputs: string;
  /**
   * Such as `name/alias! x2 + integer <=9 ~pattern {values} =default`: `!` required, `?` meant to be asked for,
   * `x` values in a tag, `+` repeatable.
   */
  readonly params: string;
  readonly outputs: string;
}

type Row = readonly [reading: string, status: string, inputs: string, params: string, outputs: string];

const rows: readonly Row[] = [
  [
    '5000',
    'spec',
    'url|event|job 1-*',
    'range x2; alignment {raw,segment,word}; model {tiny,base,small,medium,large-v1,large-v2,tiny.en,base.en,small.en,medium.en}; language {en-US} =en-US; method {prompt,analysis}; mode {best,classic,fast,negative}',
    'text/plain; text/vtt; text/markdown',
  ],
  ['5001', 'spec', 'event|job|text 1-*', 'length ~^\\d+ (words|paragraphs)$', 'text/plain; text/markdown'],
  ['5002', 'spec', 'event|job|text 1-*', 'language?', 'text/plain'],
  [
    '5050',
    'spec',
    'text 0-*',
    'model; max_tokens integer; temperature number; top_k/top-k integer; top_p/top-p number; frequency_penalty number',
    'text/plain; text/markdown',
  ],
  ['5068', 'observed', '', '', ''],
  [
    '5100',
    'spec',
    'text 1-1; url 0-1',
    'model; lora; ratio {1:1,4:3,16:9,16:10,3:4,9:16,10:16}; negative_prompt; size ~^\\d+x\\d+$; seed; strength; guidance_scale; lora_weight; upscale {2,3,4} =4',
    'image/png; image/jpg; image/png;format=url; image/jpg;format=url',
  ],
  ['5101', 'observed', '', '', ''],
  ['5102', 'observed', '', '', ''],
  ['5107', 'proposed', 'text 1-1 json', '', 'text/plain'],
  [
    '5200',
    'spec',
    'url 1-1',
    'range x2; format/media_format {video/mp4,audio/mp3}',
    'video/mp4; video/avi; audio/mp3; audio/wav; audio/ogg',
  ],
  ['5201', 'spec', 'url|event|job 1-*', 'language?; subtitle; range x2; format', 'video/mp4; audio/mp3'],
  ['5202', 'spec', 'url 1-1', '', 'video/mp4'],
  ['5204', 'observed', '', '', ''],
  ['5205', 'implementation', 'url 1-1', 'x', 'application/json'],
  ['5206', 'implementation', 'event 1-1', 'x! ~^[0-9a-f]{64}$; target +', 'application/json'],
  ['5250', 'spec', 'text|event|job 1-1', 'language; voice', 'audio/mpeg; audio/wav'],
  ['5251', 'implementation', 'text 1-1', '', 'audio/mpeg'],
  [
    '5300',
    'spec',
    'text 0-1',
    'p/user; max_results integer =100; search_list; must_list; avoid_list',
    'application/json; text/plain',
  ],
  [
    '5301',
    'spec',
    'text 0-1',
    'p/user; since_days integer; max_results integer; topics',
    'application/json; text/plain',
  ],
  [
    '5302',
    'spec',
    'text 1-1',
    'users/user; since integer; until integer; max_results integer',
    'application/json; text/plain',
  ],
  ['5303', 'spec', 'text 1-1', 'max_results integer', 'application/json; text/plain'],
  ['5304', 'implementation', '', 'user; max_results integer =200', 'application/json'],
  ['5305', 'observed', '', '', ''],
  [
    '5312',
    'implementation',
    '',
    'target!; sort {followerCount,globalPagerank,personalizedPagerank} =globalPagerank; source; limit integer <=100 =5',
    'application/json',
  ],
  [
    '5313',
    'implementation',
    '',
    'sort {followerCount,globalPagerank,personalizedPagerank} =globalPagerank; source; limit integer <=100 =5',
    'application/json',
  ],
  [
    '5314',
    'implementation',
    '',
    'target! +; sort {followerCount,globalPagerank,personalizedPagerank} =globalPagerank; source; limit integer <=1000 =5',
    'application/json',
  ],
  [
    '5315',
    'implementation',
    '',
    'search!; sort {followerCount,globalPagerank,personalizedPagerank} =globalPagerank; source; limit integer <=100 =5',
    'application/json',
  ],
  [
    '5400',
    'spec',
    'text 0-*',
    'relay! +; group + {content,pubkey,reply,root}',
    'text/plain; application/json',
  ],
  ['5401', 'implementation', 'text 0-*', '', 'application/json'],
  ['5500', 'spec', 'url 1-*', '', 'text/plain'],
  [
    '5600 ci',
    'implementation',
    '',
    'git_address!; git_ref!; workflow_filepath/pipeline_filepath!; workflow_timeout integer',
    'application/json; text/plain',
  ],
  ['5600 wasm', 'implementation', 'text 1-1 json', '', 'text/plain; application/json'],
  ['5700', 'implementation', 'text 1-1 @inputs_in_content', '', 'text; application/json'],
  ['5703', 'observed', '', '', ''],
  ['5805', 'observed', '', '', ''],
  ['5900', 'spec', 'event 1-1', '', 'text/plain'],
  ['5901', 'spec', 'text 1-1 <=80B', '', 'text/plain'],
  ['5902', 'observed', '', '', ''],
  ['5903', 'implementation', '', 'invoice; zap x2', 'text/plain'],
  ['5905', 'spec', 'text 1-* json', 'relays x*', 'text/plain'],
  ['5906', 'implementation', '', 'nwc; p', 'text/plain'],
  ['5910', 'implementation', 'text 0-1', '', 'application/json'],
  ['5930', 'implementation', '', '', 'application/json'],
  ['5931', 'implementation', '', '', 'application/json'],
  ['5932', 'implementation', '', '', 'application/json'],
  ['5933', 'implementation', '', '', 'application/json'],
  [
    '5934',
    'implementation',
    'text 1-1 @input_ref; text 1-* @input_ref',
    'labor_job_type! {code_task}; policy_ref!; acceptance!; lbr_objective_ref!; lbr_repository_ref! +; lbr_verification_command_ref!; lbr_required_capability_ref! +; lbr_output_delivery! {output_only}; lbr_deadline; lbr_forum_topic_ref',
    'application/json',
  ],
  ['5935', 'implementation', '', '', 'application/json'],
  ['5936', 'implementation', '', '', 'application/json'],
  ['5950', 'observed', '', '', ''],
  [
    '5960',
    'implementation',
    '',
    'delivery {giftwrap,download}; preview {metadata_only}; license_ack',
    'application/json',
  ],
  ['5970', 'spec', 'text 1-* json', 'pow! integer', 'application/json'],
  ['5988', 'observed', '', '', ''],
  [
    '5999 vm',
    'proposed',
    '',
    'cpu integer; memory integer; disk integer; ssh_key; os_image; os_version',
    'text/plain',
  ],
];

/**
 * Collected from the pages of data-vending-machines (d102c48), its open proposals, and the documents of the
 * software that serves the other kinds. Of the observed ones only the number counts.
 */
export const KIND_FACTS: readonly KindFact[] = rows.map(([reading, status, inputs, params, outputs]) => ({
  reading,
  status,
  inputs,
  params,
  outputs,
}));
