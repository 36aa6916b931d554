#include "notes.h"

/* What one sentence leaves to the next: its condition, whom it was about, what was asked. */

static const struct {
    const char *text;
    const char *notes;
} texts[] = {
    /* an order behind a statement that says when */
    {"If the belt is still loose after one change, the motor is too hot. Escalate to Tier 2. Ask "
     "for the "
     "line number. Collect the log.\n",
     "fact: If the belt is still loose after one change, the motor is too hot.\n"
     "when T2 x1 (the belt is still loose after one change): Escalate to Tier 2.\n"
     "ask x1 (the belt is still loose after one change): Could you tell me the line number?\n"
     "capture: log\n"},
    /* of several escalations the question goes with each */
    {"If the belt tears, escalate to Tier 1. If several lines stop, escalate to Tier 2. Ask for "
     "the hall.\n",
     "when T1 (the belt tears): Escalate to Tier 1.\n"
     "when T2 several (several lines stop): Escalate to Tier 2.\n"
     "ask: Could you tell me the hall?\n"},
    /* "at once" is no try */
    {"If the whole hall stopped at once, escalate to Tier 2.\n",
     "when T2 (the whole hall stopped at once): Escalate to Tier 2.\n"},
    /* who is told something is forbidden something, too, and a list under "Don't:" is so */
    {"**Q: Can the desk change marks?**\nA: No. Tell the player that only coaches do. Don't:\n\n"
     "- guess how a protest ends\n- give out hints, not even small ones\n",
     "fact: No.\n"
     "say: Only coaches do.\n"
     "never: Don't guess how a protest ends.\n"
     "never: Don't give out hints, not even small ones.\n"},
    /* orders to whoever serves users are no steps */
    {"When you refuse something, explain which rule forbids it.\n",
     "unread: When you refuse something, explain which rule forbids it.\n"},
    {"Give the learner the address help@range.example.\n",
     "say: The address is help@range.example.\n"},
    /* what a lead-in's "not" completes, and what only stands among it */
    {"You may not:\n\n- bring real data\n- take samples out, packed or not\n"
     "- film in the hall. Marshals hand out pictures on request.\n",
     "never: You may not bring real data.\n"
     "never: You may not take samples out, packed or not.\n"
     "never: You may not film in the hall.\n"
     "fact: Marshals hand out pictures on request.\n"},
    {"You never see a carrier.\n", "fact: You never see a carrier.\n"},
    {"Collect the finding and the time, and pass it on.\n", "capture: finding\ncapture: time\n"},
    {"Ask for one with Bout > Hints.\n", "step: Ask for one with Bout > Hints.\n"},
    /* a word with its meaning is no order */
    {"Watch - a shift of the crew, eight hours.\n",
     "fact: Watch - a shift of the crew, eight hours.\n"},
    /* words that point back */
    {"If the lamp is blue, press Stop. Escalate to Tier 3 in that case.\n",
     "step (the lamp is blue): Press Stop.\n"
     "when T3 (the lamp is blue): Escalate to Tier 3 in that case.\n"},
    {"If the lamp is blue, press Stop. Otherwise, press Start.\n",
     "step (the lamp is blue): Press Stop.\n"
     "step (the lamp is not blue): Press Start.\n"},
    {"- If the belt is torn, escalate to Tier 1.\n- Ask for the hall when that happens.\n",
     "when T1 (the belt is torn): Escalate to Tier 1.\n"
     "ask (the belt is torn): Could you tell me the hall?\n"},
    {"Ask whether the guard is closed. If it isn't, have the user close it.\n",
     "ask: Could you tell me whether the guard is closed?\n"
     "step (the guard is not closed): Close it.\n"},
    /* words that point back hold whatever else the sentence says of time */
    {"If the lamp is blue, escalate to Tier 2. In that case tell the learner that the pump runs on "
     "for 48 hours.\n",
     "when T2 (the lamp is blue): Escalate to Tier 2.\n"
     "say (the lamp is blue): The pump runs on for 48 hours.\n"},
    /* a case that is asked for */
    {"Press Start. Still dark? Change the bulb.\n",
     "step: Press Start.\nstep (it is still dark): Change the bulb.\n"},
    {"No mail? It comes from another address. Look into the spam folder.\n",
     "fact: It comes from another address.\nstep (there is no mail): Look into the spam folder.\n"},
    /* what a kind of case is about */
    {"A cut finger is a safety matter. It is reported at once, escalate to Tier 2.\n",
     "fact: A cut finger is a safety matter.\n"
     "fact: It is reported at once.\n"
     "when T2 (a cut finger): Escalate to Tier 2.\n"},
    /* the next paragraph begins anew */
    {"If the belt is torn, press Stop.\n\nEscalate to Tier 1.\n",
     "step (the belt is torn): Press Stop.\n"
     "when T1: Escalate to Tier 1.\n"},
    /* staff that was named before is meant by "them" */
    {"\"Belt worn\" is shown to instructors. Tell them to order a new one.\n",
     "fact: \"Belt worn\" is shown to instructors.\n"
     "step @staff: Order a new one.\n"},
    {"Trainees ask for the key by chat. You must never send it.\n",
     "fact: Trainees ask for the key by chat.\n"
     "never: You must never send it.\n"},
    /* clauses of one sentence */
    {"Put the key back; the box is locked by then, so tell the user that the key stays there.\n",
     "step: Put the key back; the box is locked by then.\n"
     "say: The key stays there.\n"},
    {"If it says \"Full\", the box was never emptied: empty it first.\n",
     "step (it says \"Full\"): Empty it first.\n"
     "fact: If it says \"Full\", the box was never emptied.\n"},
    {"Ring the porter and ask for the key.\n", "step: Ring the porter and ask for the key.\n"},
    {"Leave the pump on, don't touch it, and go to the next room.\n",
     "step: Leave the pump on.\nnever: Don't touch it.\nstep: Go to the next room.\n"},
    {"Shaking it doesn't help, so don't suggest it.\n",
     "fact: Shaking it doesn't help.\n"
     "never: Shaking it doesn't help, so don't suggest it.\n"},
    /* the desk as a subject */
    {"The assistant escalates such reports to Tier 2 and asks which pump it was.\n",
     "when T2: Escalate to Tier 2.\n"
     "ask: Could you tell me which pump it was?\n"
     "fact: The assistant escalates such reports to Tier 2 and asks which pump it was.\n"},
    {"The assistant should ask for the hall and tell the learner that the pump is safe.\n",
     "ask: Could you tell me the hall?\nsay: The pump is safe.\n"},
    /* severities as statements */
    {"A slow pump is LOW and stays with the desk.\n",
     "when LOW stays (a slow pump): Set severity LOW.\n"
     "fact: A slow pump is LOW and stays with the desk.\n"},
    {"If two pumps stop: severity HIGH, escalate to Tier 2.\n",
     "when T2 HIGH (two pumps stop): Escalate to Tier 2.\n"},
    {"If the oil leaks, go to Tier 3 at once.\n",
     "when T3 (the oil leaks): Go to Tier 3 at once.\n"},
    {"If it still drips after two turns, escalate.\n",
     "when x2 (it still drips after two turns): Escalate.\n"},
    {"If a pump stops twice within a day, escalate to Tier 3.\n",
     "when T3 (a pump stops twice within a day): Escalate to Tier 3.\n"},
    {"Regreasing allows three attempts.\n",
     "when x3 (the tries have failed): Escalate.\nfact: Regreasing allows three attempts.\n"},
};

START_TEST(sentences_hang_together) {
    notes_check(texts[_i].text, texts[_i].notes);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("carry");
    tcase_add_loop_test(t, sentences_hang_together, 0, (int)(sizeof texts / sizeof texts[0]));
    return tap_run("core/carry", t);
}
