-- A ledger as the first version of the program wrote it.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE event (seq BIGINT PRIMARY KEY, job TEXT NOT NULL, what TEXT NOT NULL,
        at_ns BIGINT NOT NULL);
INSERT INTO "event" VALUES(1,'4c406855c3ea9cca','queued',0);
INSERT INTO "event" VALUES(2,'4c406855c3ea9cca','running',0);
INSERT INTO "event" VALUES(3,'4c406855c3ea9cca','sample 0',0);
INSERT INTO "event" VALUES(4,'4c406855c3ea9cca','done',0);
INSERT INTO "event" VALUES(5,'eaf1f6bd3c4ea114','queued',0);
INSERT INTO "event" VALUES(6,'eaf1f6bd3c4ea114','running',0);
INSERT INTO "event" VALUES(7,'d13c155e2dcbe6e8','queued',0);
INSERT INTO "event" VALUES(8,'71e0d291427f242f','queued',0);
INSERT INTO "event" VALUES(9,'71e0d291427f242f','cancelled',0);
CREATE TABLE input (job TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (job, picture));
INSERT INTO "input" VALUES('4c406855c3ea9cca','7bce048ee017ab47');
CREATE TABLE job (id TEXT PRIMARY KEY, number BIGINT NOT NULL, request TEXT NOT NULL,
        kind TEXT NOT NULL, model TEXT NOT NULL, engine TEXT NOT NULL, side INTEGER NOT NULL,
        samples INTEGER NOT NULL, lane INTEGER NOT NULL, turn BIGINT NOT NULL,
        keep INTEGER NOT NULL, since_ns BIGINT NOT NULL, state TEXT NOT NULL,
        token BIGINT NOT NULL, claim TEXT NOT NULL, released BIGINT NOT NULL,
        beaten INTEGER NOT NULL, lapse INTEGER NOT NULL, tries INTEGER NOT NULL,
        vanished INTEGER NOT NULL, back BIGINT NOT NULL, deadline_ns BIGINT NOT NULL,
        not_before_ns BIGINT NOT NULL, ended_ns BIGINT NOT NULL, error TEXT NOT NULL,
        made_by TEXT NOT NULL, created_s BIGINT NOT NULL, flight TEXT NOT NULL);
INSERT INTO "job" VALUES('4c406855c3ea9cca',1,'{"body":{"prompt":"done"},"engine":"","inputs":["7bce048ee017ab47"],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,1,1,0,'done',1,'before-00001',0,1,0,0,0,0,10000000000,0,0,'','painter',1796064043,'6745196038aaa3c7f50933ea3177ac27');
INSERT INTO "job" VALUES('eaf1f6bd3c4ea114',2,'{"body":{"prompt":"running"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,2,2,0,'running',1,'before-00002',0,1,0,0,0,0,10000000000,0,0,'','painter',1796064043,'6eb5a51f67ecfa2c6627c6dccbdcf9d8');
INSERT INTO "job" VALUES('d13c155e2dcbe6e8',3,'{"body":{"prompt":"waits"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,0,1,1,0,'queued',0,'',0,0,0,0,0,0,0,0,0,'','',1796064043,'54046d2c3eac72ac7b57dc18a255f820');
INSERT INTO "job" VALUES('71e0d291427f242f',4,'{"body":{"prompt":"cancelled"},"engine":"","inputs":[],"kind":"txt2img","model":"","samples":1,"side":512}','txt2img','','',512,1,1,3,1,0,'cancelled',0,'',0,0,0,0,0,0,0,0,0,'The operator cancelled it.','',1796064043,'aedc84f2370545b6c06c0912d43ff6e7');
CREATE TABLE ledger (incarnation TEXT NOT NULL, secret BLOB NOT NULL,
        now_ns BIGINT NOT NULL, event BIGINT NOT NULL, number BIGINT NOT NULL,
        served_0 BIGINT NOT NULL, served_1 BIGINT NOT NULL);
INSERT INTO "ledger" VALUES('3a6b3c0ec1117ca5',X'70CFB5DE812B8C450EFC70B1AE06C479B951D7E8DC85328C9BCE91AE77BD6201',0,9,4,0,2);
CREATE TABLE own_key (owner TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL,
        flight TEXT NOT NULL, PRIMARY KEY (owner, name));
INSERT INTO "own_key" VALUES('browser a','mine','4c406855c3ea9cca','6745196038aaa3c7f50933ea3177ac27');
CREATE TABLE picture (id TEXT PRIMARY KEY, job TEXT NOT NULL, sample INTEGER NOT NULL,
        size BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, keep INTEGER NOT NULL,
        at_ns BIGINT NOT NULL);
INSERT INTO "picture" VALUES('7bce048ee017ab47','',0,9,'png','76adf7437e698a0d5181a2bd5bde1088cae48781',1,0);
INSERT INTO "picture" VALUES('b7e4d99ccba9c6ed','4c406855c3ea9cca',0,9,'png','501ddc990e3e28b9fbd540df07303692e8d4f4f6',1,0);
CREATE TABLE waiter (job TEXT NOT NULL, owner TEXT NOT NULL, lane INTEGER NOT NULL,
        turn BIGINT NOT NULL, keep INTEGER NOT NULL, since_ns BIGINT NOT NULL,
        waits INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (job, owner));
INSERT INTO "waiter" VALUES('4c406855c3ea9cca','browser a',1,1,1,0,0);
INSERT INTO "waiter" VALUES('eaf1f6bd3c4ea114','program b',1,2,2,0,1);
INSERT INTO "waiter" VALUES('d13c155e2dcbe6e8','browser a',0,1,1,0,1);
INSERT INTO "waiter" VALUES('71e0d291427f242f','browser a',1,3,1,0,0);
CREATE INDEX job_place ON job (state, lane DESC, turn, number);
CREATE INDEX job_flight ON job (flight, state);
CREATE INDEX job_since ON job (state, since_ns);
CREATE INDEX job_claim ON job (claim);
CREATE INDEX waiter_owner ON waiter (owner, waits);
CREATE INDEX own_key_job ON own_key (job);
CREATE INDEX picture_job ON picture (job, sample);
CREATE INDEX picture_name ON picture (name);
CREATE INDEX input_picture ON input (picture);
COMMIT;
