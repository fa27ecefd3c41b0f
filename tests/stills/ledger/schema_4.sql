-- A ledger as the fourth schema has it.
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE event (seq BIGINT PRIMARY KEY, job TEXT NOT NULL, what TEXT NOT NULL,
        at_ns BIGINT NOT NULL);
INSERT INTO "event" VALUES(1,'0fcf4eba23f9031e','queued',0);
INSERT INTO "event" VALUES(2,'0fcf4eba23f9031e','running',0);
INSERT INTO "event" VALUES(3,'0fcf4eba23f9031e','sample 0',0);
INSERT INTO "event" VALUES(4,'0fcf4eba23f9031e','done',0);
INSERT INTO "event" VALUES(5,'272f5a65c1998fa0','queued',0);
INSERT INTO "event" VALUES(6,'272f5a65c1998fa0','running',0);
INSERT INTO "event" VALUES(7,'57fc4e61eab274ff','queued',0);
INSERT INTO "event" VALUES(8,'d4823a9f78db9b98','queued',0);
INSERT INTO "event" VALUES(9,'d4823a9f78db9b98','cancelled',0);
CREATE TABLE input (job TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (job, picture));
INSERT INTO "input" VALUES('0fcf4eba23f9031e','7bce048ee017ab47');
CREATE TABLE job (id TEXT PRIMARY KEY, number BIGINT NOT NULL, request TEXT NOT NULL,
        kind TEXT NOT NULL, model TEXT NOT NULL, engine TEXT NOT NULL, side INTEGER NOT NULL,
        samples INTEGER NOT NULL, lane INTEGER NOT NULL, turn BIGINT NOT NULL,
        keep INTEGER NOT NULL, since_ns BIGINT NOT NULL, state TEXT NOT NULL,
        token BIGINT NOT NULL, claim TEXT NOT NULL, released BIGINT NOT NULL,
        beaten INTEGER NOT NULL, lapse INTEGER NOT NULL, tries INTEGER NOT NULL,
        vanished INTEGER NOT NULL, back BIGINT NOT NULL, deadline_ns BIGINT NOT NULL,
        not_before_ns BIGINT NOT NULL, ended_ns BIGINT NOT NULL, error TEXT NOT NULL,
        made_by TEXT NOT NULL, created_s BIGINT NOT NULL, flight TEXT NOT NULL, home TEXT NOT NULL DEFAULT '');
INSERT INTO "job" VALUES('0fcf4eba23f9031e',1,'{"body":{"prompt":"done"},"engine":"","inputs":["7bce048ee017ab47"],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,1,1,0,'done',1,'before-00001',0,1,0,0,0,0,10000000000,0,0,'','painter',1796076305,'6d94f3d65336438ea306ea6b257585e7','');
INSERT INTO "job" VALUES('272f5a65c1998fa0',2,'{"body":{"prompt":"running"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,2,2,0,'running',1,'before-00002',0,1,0,0,0,0,10000000000,0,0,'','painter',1796076305,'a9e0a91f499d18eb8235350231327aa5','');
INSERT INTO "job" VALUES('57fc4e61eab274ff',3,'{"body":{"prompt":"waits"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,0,1,1,0,'queued',0,'',0,0,0,0,0,0,0,0,0,'','',1796076305,'4338039303892f42f4cd03d02a50bf63','');
INSERT INTO "job" VALUES('d4823a9f78db9b98',4,'{"body":{"prompt":"cancelled"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,3,1,0,'cancelled',0,'',0,0,0,0,0,0,0,0,0,'The operator cancelled it.','',1796076305,'6f70589717132b4d08b5ffb7461439f9','');
CREATE TABLE ledger (incarnation TEXT NOT NULL, secret BLOB NOT NULL,
        now_ns BIGINT NOT NULL, event BIGINT NOT NULL, number BIGINT NOT NULL,
        served_0 BIGINT NOT NULL, served_1 BIGINT NOT NULL, away_ns BIGINT NOT NULL DEFAULT 0, wall_s BIGINT NOT NULL DEFAULT 0, private BIGINT NOT NULL DEFAULT 0, wrapped TEXT NOT NULL DEFAULT '');
INSERT INTO "ledger" VALUES('b8e98aebfc41379e',X'70AC0332715CF05D021C3A8B660EC38F2C4AC410EC268707F7F9563AE287E83A',0,9,4,0,2,0,1796076305,0,'');
CREATE TABLE map (id TEXT PRIMARY KEY, name TEXT NOT NULL, epoch TEXT NOT NULL,
        seq BIGINT NOT NULL, purged BIGINT NOT NULL, password TEXT NOT NULL,
        made_by TEXT NOT NULL, created_s BIGINT NOT NULL, changed_s BIGINT NOT NULL,
        deleted_s BIGINT NOT NULL);
INSERT INTO "map" VALUES('00f1a2b3c4d5e6f7','evening','0a1b2c3d',2,0,'','',1,1,0);
CREATE TABLE map_client (map TEXT NOT NULL, client TEXT NOT NULL, person TEXT NOT NULL,
        n BIGINT NOT NULL, seen_s BIGINT NOT NULL, PRIMARY KEY (map, client));
CREATE TABLE map_field (map TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,
        field TEXT NOT NULL, value TEXT NOT NULL, seq BIGINT NOT NULL, client TEXT NOT NULL,
        n BIGINT NOT NULL, PRIMARY KEY (map, kind, item, field));
INSERT INTO "map_field" VALUES('00f1a2b3c4d5e6f7','node','1111111111111111','type','"note"',1,'c',1);
INSERT INTO "map_field" VALUES('00f1a2b3c4d5e6f7','node','1111111111111111','text','"a note"',2,'c',2);
CREATE TABLE map_opened (map TEXT NOT NULL, person TEXT NOT NULL,
        PRIMARY KEY (map, person));
CREATE TABLE map_person (map TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
        colour INTEGER NOT NULL, seen_s BIGINT NOT NULL, PRIMARY KEY (map, person));
CREATE TABLE map_picture (map TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (map, picture));
CREATE TABLE own_key (owner TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL,
        flight TEXT NOT NULL, PRIMARY KEY (owner, name));
INSERT INTO "own_key" VALUES('browser a','mine','0fcf4eba23f9031e','6d94f3d65336438ea306ea6b257585e7');
CREATE TABLE picture (id TEXT PRIMARY KEY, job TEXT NOT NULL, sample INTEGER NOT NULL,
        size BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, keep INTEGER NOT NULL,
        at_ns BIGINT NOT NULL, home TEXT NOT NULL DEFAULT '');
INSERT INTO "picture" VALUES('7bce048ee017ab47','',0,9,'png','d3baf582c64f323297ba1c649cd0d028b6d4c981',1,0,'');
INSERT INTO "picture" VALUES('74dc3a116a92cd34','0fcf4eba23f9031e',0,9,'png','f5fa7decdce9aaef534626961098676445153f50',1,0,'');
CREATE TABLE waiter (job TEXT NOT NULL, owner TEXT NOT NULL, lane INTEGER NOT NULL,
        turn BIGINT NOT NULL, keep INTEGER NOT NULL, since_ns BIGINT NOT NULL,
        waits INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (job, owner));
INSERT INTO "waiter" VALUES('0fcf4eba23f9031e','browser a',1,1,1,0,0);
INSERT INTO "waiter" VALUES('272f5a65c1998fa0','program b',1,2,2,0,1);
INSERT INTO "waiter" VALUES('57fc4e61eab274ff','browser a',0,1,1,0,1);
INSERT INTO "waiter" VALUES('d4823a9f78db9b98','browser a',1,3,1,0,0);
CREATE INDEX job_place ON job (state, lane DESC, turn, number);
CREATE INDEX job_flight ON job (flight, state);
CREATE INDEX job_since ON job (state, since_ns);
CREATE INDEX job_claim ON job (claim);
CREATE INDEX waiter_owner ON waiter (owner, waits);
CREATE INDEX own_key_job ON own_key (job);
CREATE INDEX picture_job ON picture (job, sample);
CREATE INDEX picture_name ON picture (name);
CREATE INDEX input_picture ON input (picture);
CREATE INDEX job_ended ON job (state, ended_ns);
CREATE UNIQUE INDEX map_name ON map (name) WHERE deleted_s = 0;
CREATE INDEX map_picture_picture ON map_picture (picture);
COMMIT;
