"""A practice LMS: a small but true LTI 1.3 platform, in a Canvas-like or a Moodle-like mood.

It is another system than the tool and shares nothing with it: it knows the tool by its address,
its client id and its public keys, as a real LMS does. Serve it from another site than the tool
(tool on `localhost`, LMS on `127.0.0.1`), so that frames and cookies behave as they do in schools.

Addresses a person or a script can use (`as=<key>` names who acts, without any cookie; keys are
`ada`, `fay`, `ben`, `cleo`, `dora`, `ivan`; `format=json` answers `{"method", "url", "fields"}`
where a browser would get a form that sends itself):

| address | what |
|---|---|
| `/` | who am I, courses |
| `POST /be/<key>` | be somebody (sets the session cookie); `nobody` signs out |
| `/courses/<c>` | the course page |
| `/courses/<c>/links/<l>` | an activity in a frame |
| `/courses/<c>/links/<l>/launch?as=ada&target=iframe` | begin its launch |
| `/courses/<c>/add` · `/courses/<c>/deep-link?as=dora` | the picker in a frame · its launch |
| … `&placement=link_selection` · `&link=<l>` | from another place (Canvas) · for what is there |
| `/courses/<c>/add-by-hand` | an activity with custom parameters |
| `/courses/<c>/gradebook` | the gradebook |
| `/courses/<c>/columns/<n>/people/<key>` | one grade: history, comments, set by hand |
| `/courses/<c>/columns/<n>/people/<key>/review` · `…/review/launch?as=dora` | open the work |
| `/courses/<c>/gradebook/speed_grader?assignment_id=<n>&student_id=<key>` | SpeedGrader (Canvas) |
| `/courses/<c>/external_tools/retrieve?url=…` | what its frame asks for (Canvas) |
| `/mod/lti/launch.php?id=<l>&action=gradeReport&user=<sub>` | the same in Moodle |
| `/faults` · `/requests` | faults to switch on · what the tool asked |
| `/api/…` | the same as JSON, see `api` |
"""

from lti_tool.practice_lms.lms import PracticeLms
from lti_tool.practice_lms.server import RunningLms, free_port, serve

__all__ = ["PracticeLms", "RunningLms", "free_port", "serve"]
