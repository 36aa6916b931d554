#include "notes.h"

/* What stands before a colon, above a list or in the head of a table. */

static const struct {
    const char *text;
    const char *notes;
} texts[] = {
    /* numbers of the document's own */
    {"## Belt\n\n2.1 Press Stop. The lamp goes out.\n\n2.2 The belt has three layers.\n\n2.3 Don't "
     "oil it.\n\n2.4 If it still slips after one change, escalate to Tier 1.\n",
     "step: Press Stop. The lamp goes out.\n"
     "fact: The belt has three layers.\n"
     "never: Don't oil it.\n"
     "when T1 x1 (it still slips after one change): Escalate to Tier 1.\n"},
    {"3.1 Press Stop\n3.2 Lift the guard\n3.3 Take the belt off\n",
     "step: Press Stop.\nstep: Lift the guard.\nstep: Take the belt off.\n"},
    {"- R-4 Don't leave a key in the lock.\n- R-5 No food in the hall.\n",
     "never: R-4 Don't leave a key in the lock.\nfact: R-5 No food in the hall.\n"},
    {"1. A blue lamp is no fault. Don't report it.\n2. We don't lend keys.\n",
     "fact: A blue lamp is no fault.\nnever: Don't report it.\nfact: We don't lend keys.\n"},
    /* cases */
    {"- Blue lamp: press Reset.\n- \"E7\" on the panel: the fuse is gone. Fit a new one.\n",
     "symptom #1: Blue lamp\nstep #1: Press Reset.\n"
     "symptom #2: \"E7\" on the panel\nfact #2: The fuse is gone.\nstep #2: Fit a new one.\n"},
    {"Key lost or broken:\n\n- Go to the porter.\n- Tell the user that it costs ten.\n\nNo key at "
     "all:\n\n- Ring the bell.\n",
     "symptom #1: Key lost or broken\nstep #1: Go to the porter.\nsay #1: It costs ten.\n"
     "symptom #2: No key at all\nstep #2: Ring the bell.\n"},
    {"- Lamp still on:\n- only the fan runs\n- press F2\n- Lamp out:\n- the fuse is gone\n- fit a "
     "new one\n- Ask for the hall.\n",
     "symptom #1: Lamp still on\nfact #1: Only the fan runs.\nstep #1: Press F2.\n"
     "symptom #2: Lamp out\nfact #2: The fuse is gone.\nstep #2: Fit a new one.\n"
     "ask: Could you tell me the hall?\n"},
    /* circumstances */
    {"- On one line only: clean the sensor.\n- On every line: this is an outage. Escalate to Tier "
     "2.\n",
     "step (it is on one line only): Clean the sensor.\n"
     "fact: If it is on every line, this is an outage.\n"
     "when T2 (it is on every line): Escalate to Tier 2.\n"},
    /* roles */
    {"- Students: ask your coach.\n- Coaches: Plant > Lines > Extend, twice a day.\n",
     "step @trainee: Ask your coach.\n"
     "step @staff: Plant > Lines > Extend, twice a day.\n"},
    {"## Pumps (operators only)\n\nOperators: run `pump off`.\n\nTrainees and instructors: don't "
     "touch it.\n",
     "step @staff: Run `pump off`.\nnever @trainee: Don't touch it.\n"},
    {"Instructors may void a lap; trainees may not.\n",
     "never @trainee: Trainees may not void a lap.\n"
     "fact: Instructors may void a lap; trainees may not.\n"},
    {"The oven is for operators only.\n",
     "never @trainee: The oven is for operators only.\nfact: The oven is for operators only.\n"},
    {"**Agent**: a small program that counts parts.\n",
     "fact: Agent: a small program that counts parts.\n"},
    {"**Coach**: a lecturer who looks after a course.\n",
     "fact: Coach: a lecturer who looks after a course.\n"},
    {"The learner must not open the oven.\n", "never @trainee: Don't open the oven.\n"},
    {"The assistant must never:\n\n- ask for a password\n- suggest an open oven\n",
     "never: Don't ask for a password.\nnever: Don't suggest an open oven.\n"},
    /* lines that lead in */
    {"The assistant does not promise:\n\n- a new part\n- a date\n",
     "never: Don't promise a new part.\nnever: Don't promise a date.\n"},
    {"Before opening a ticket collect:\n\n- the hall\n- what was pressed last\n",
     "capture: hall\ncapture: what was pressed last\n"},
    {"What to tell the visitor: the oven is hot.\n\nAgent script: \"I am sorry. It is off.\" Ask "
     "for the hall. Two or more: P2, L2.\n",
     "say: The oven is hot.\nsay: I am sorry. It is off.\nask: Could you tell me the hall?\n"
     "when T2 HIGH several (two or more): Escalate to Tier 2.\n"},
    {"L1: collect the hall.\n", "capture: hall\n"},
    {"When the oven is cold:\n\n    oven on\n", "fact: When the oven is cold.\nfact: oven on\n"},
    {"The oven forgets its clock. Put this into the file:\n\n```\nclock=1\n```\n",
     "fact: The oven forgets its clock.\nstep: Put this into the file.\nstep: clock=1\n"},
    /* under "not allowed" */
    {"## Not allowed\n\n- Opening the oven, also for a moment. It is there for parts.\n- Taking "
     "what you haven't made.\n\nA first breach costs a week.\n",
     "never: Not allowed: opening the oven, also for a moment.\nfact: It is there for parts.\n"
     "never: Taking what you haven't made isn't allowed.\nfact: A first breach costs a week.\n"},
    /* tables */
    {"| Verdict | Meaning | What to do |\n|---|---|---|\n| green | all parts fit | nothing |\n| "
     "red | a part is missing | count them. It takes a minute |\n",
     "symptom #1: green\ncause #1: All parts fit.\n"
     "symptom #2: red\ncause #2: A part is missing.\nstep #2: Count them. It takes a minute.\n"},
    {"| Symptom | Check | Fix | If it fails |\n|---|---|---|---|\n| Hiss | Is the valve shut? | "
     "Close the valve | Escalate to L2 |\n",
     "symptom #1: hiss\nask #1: Is the valve shut?\nstep #1: Close the valve.\n"
     "when T2 all #1 (it fails): Escalate to L2.\n"},
    {"| Symptom | Fix | Escalate to |\n|---|---|---|\n| Hiss | Close the valve | Tier 2 |\n",
     "symptom #1: hiss\nstep #1: Close the valve.\n"
     "when T2 all #1 (none of this helps): Escalate to Tier 2.\n"},
    {"| Task | Student | Coach |\n|---|---|---|\n| Open the oven | no | yes |\n",
     "fact: Open the oven: Student: no; Coach: yes.\n"
     "never @trainee: Not allowed for students: open the oven.\n"},
    {"| Case | Severity | Tier |\n|---|---|---|\n| Silent horn | LOW | Tier 0 |\n",
     "when T0 LOW stays (silent horn): Set severity LOW.\n"},
    {"| Limit | Value |\n|---|---|\n| Network | none |\n", "fact: Network: none.\n"},
    /* rules with an arrow or a bare tier */
    {"* Hiss -> Tier 2, CRITICAL\n* If it fails: L2, high priority\n",
     "when T2 CRITICAL (hiss): Escalate to Tier 2.\n"
     "fact: Hiss: Tier 2, CRITICAL.\n"
     "when T2 HIGH all (it fails): Escalate to Tier 2.\n"},
    /* what a case counts as; a tier alone says who gets it, and not that it is passed on */
    {"1. Hall without power: CRITICAL, Tier 2. Keep the doors shut.\n2. Slow press: LOW.\n",
     "symptom #1: Hall without power\n"
     "when T2 CRITICAL #1 (hall without power): Escalate to Tier 2.\n"
     "fact #1: Hall without power: CRITICAL, Tier 2.\n"
     "step #1: Keep the doors shut.\n"
     "symptom #2: Slow press\n"
     "when LOW #2 (slow press): Set severity LOW.\n"
     "fact #2: Slow press: LOW.\n"},
    {"- Presses: Tier 2\n- Lamps: Tier 1\n", "symptom #1: Presses\nfact #1: Presses: Tier 2.\n"
                                             "symptom #2: Lamps\nfact #2: Lamps: Tier 1.\n"},
    {"| Case | Rank |\n|---|---|\n| Two presses stop | HIGH, Tier 1 |\n",
     "when T1 HIGH (two presses stop): Escalate to Tier 1.\n"
     "fact: Two presses stop: HIGH, Tier 1.\n"},
    {"If two presses stop, this is a Tier 2 case.\n",
     "when T2 (two presses stop): Escalate to Tier 2.\n"
     "fact: If two presses stop, this is a Tier 2 case.\n"},
    {"If two presses stop, don't wait: escalate to Tier 3.\n",
     "when T3 (two presses stop): Escalate to Tier 3.\n"},
    /* words that keep their marks */
    {"1. Save the part to H: and wait.\n2. Type the number of the part (P-..) twice.\n",
     "step: Save the part to H: and wait.\nstep: Type the number of the part (P-..) twice.\n"},
};

START_TEST(what_leads_in_is_known) {
    notes_check(texts[_i].text, texts[_i].notes);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("label");
    tcase_add_loop_test(t, what_leads_in_is_known, 0, (int)(sizeof texts / sizeof texts[0]));
    return tap_run("core/label", t);
}
